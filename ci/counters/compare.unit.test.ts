import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '../../loadtests/workload/random.ts';
import { type ArmCounts, compareCounters, whyMore, withoutAccepted } from './compare.ts';
import { keyOf } from './counter.ts';

const SELECT = keyOf('sql-statements', 'select * from cards where id = $1');
const LOOP = keyOf('sql-statements', 'select * from lines where card = $1');
const BYTES = keyOf('answer-bytes', null);

/** An arm whose counts are a function of the place: three passes of two calls of the steps `card` and `sheet`. */
function arm(
  countsAt: (step: string, position: number, pass: number) => Record<string, number>,
  idle: Record<string, number> = {},
): ArmCounts {
  const places = [0, 1, 2].flatMap((pass) =>
    ['card', 'sheet'].flatMap((step) => [0, 1].map((position) => ({ step, position, pass }))),
  );
  const calls = places.map((place) => ({
    ...place,
    counts: new Map(Object.entries(countsAt(place.step, place.position, place.pass))),
  }));
  return { calls, idle: new Map(Object.entries(idle)), notCounted: [], seconds: 1 };
}

test('equal counts give no row', () => {
  const counts = () => ({ [SELECT]: 2, [BYTES]: 300 });
  const counted = compareCounters(arm(counts), arm(counts));
  assert.equal(counted.verdict, 'SAME');
  assert.deepEqual(counted.rows, []);
  assert.deepEqual(
    counted.totals.map(({ step, counter, base, head, isMore }) => [step, counter, base, head, isMore]),
    [
      ['card', 'sql-statements', 2, 2, false],
      ['card', 'answer-bytes', 300, 300, false],
      ['sheet', 'sql-statements', 2, 2, false],
      ['sheet', 'answer-bytes', 300, 300, false],
    ],
  );
});

test('one more statement in a loop is more, and step and statement are named', () => {
  const counted = compareCounters(
    arm(() => ({ [SELECT]: 1, [LOOP]: 3 })),
    arm((step) => ({ [SELECT]: 1, [LOOP]: step === 'sheet' ? 4 : 3 })),
  );
  assert.equal(counted.verdict, 'MORE');
  assert.deepEqual(counted.rows, [
    {
      step: 'sheet',
      part: 'postgres',
      counter: 'sql-statements',
      statement: 'select * from lines where card = $1',
      base: 3,
      head: 4,
      change: 'changed',
    },
  ]);
  assert.deepEqual(whyMore(counted), [
    'sheet: SQL statements 4 -> 5 per call: 3 -> 4 times "select * from lines where card = $1"',
  ]);
});

test('a loop that only some calls go through is certain when every pass repeats it', () => {
  const counted = compareCounters(
    arm(() => ({ [SELECT]: 1 })),
    arm((step, position) => ({ [SELECT]: 1, ...(step === 'sheet' && position === 1 && { [LOOP]: 5 }) })),
  );
  assert.equal(counted.verdict, 'MORE');
  assert.deepEqual(
    counted.rows.map(({ step, base, head, change }) => [step, base, head, change]),
    [['sheet', 0, 2.5, 'new']],
  );
});

test('work of a timer that falls into one window is shown and not judged', () => {
  const counted = compareCounters(
    arm(() => ({ [SELECT]: 1 })),
    arm((step, position, pass) => ({
      [SELECT]: step === 'sheet' && position === 1 && pass === 2 ? 2 : 1,
    })),
  );
  assert.equal(counted.verdict, 'SAME');
  assert.equal(counted.rows.length, 0);
  assert.equal(counted.notExact.length, 1);
});

test("work that no step has in half of its calls is a timer's", () => {
  const counted = compareCounters(
    arm((step, position, pass) => ({ [SELECT]: 1, ...(step === 'card' && position + pass === 0 && { [LOOP]: 3 }) })),
    arm((step, position, pass) => ({ [SELECT]: 1, ...(step === 'sheet' && position + pass === 3 && { [LOOP]: 3 }) })),
  );
  assert.equal(counted.verdict, 'SAME');
  assert.deepEqual(counted.notExact, []);
  assert.deepEqual(
    counted.idle.map(({ basePerSecond, headPerSecond }) => [basePerSecond, headPerSecond]),
    [[3, 3]],
  );
});

test('a counter that grows with the data differs with itself, but one more in every call is certain all the same', () => {
  const grown = (pass: number, more: number) => ({ [keyOf('sql-rows', 'select')]: 10 + pass + more });
  const same = compareCounters(
    arm((_, __, pass) => grown(pass, 0)),
    arm((_, __, pass) => grown(pass, 0)),
  );
  assert.equal(same.verdict, 'SAME');
  const more = compareCounters(
    arm((_, __, pass) => grown(pass, 0)),
    arm((_, __, pass) => grown(pass, 1)),
  );
  assert.equal(more.verdict, 'MORE');
  assert.equal(more.rows.length, 2);
});

test('what moves without a request is no work of a step, and its rates are shown', () => {
  const counted = compareCounters(
    arm(() => ({ [SELECT]: 1, [LOOP]: 2 }), { [LOOP]: 20 }),
    arm(() => ({ [SELECT]: 1, [LOOP]: 9 }), { [LOOP]: 21 }),
  );
  assert.equal(counted.verdict, 'SAME');
  assert.deepEqual(counted.idle, [
    {
      counter: 'sql-statements',
      statement: 'select * from lines where card = $1',
      basePerSecond: 20,
      headPerSecond: 21,
    },
  ]);
});

test('a statement that only changed its text is no more work, not even when the old one was not exact', () => {
  const changed = compareCounters(
    arm(() => ({ [SELECT]: 2 })),
    arm(() => ({ [LOOP]: 2 })),
  );
  assert.equal(changed.verdict, 'CHANGED');
  assert.deepEqual(
    changed.rows.map(({ step, change, base, head }) => [step, change, base, head]),
    [
      ['card', 'new', 0, 2],
      ['card', 'removed', 2, 0],
      ['sheet', 'new', 0, 2],
      ['sheet', 'removed', 2, 0],
    ],
  );
  const sometimes = compareCounters(
    arm((_, position, pass) => ((position + pass) % 2 === 0 ? { [SELECT]: 2 } : {})),
    arm((_, position, pass) => ((position + pass) % 2 === 0 ? { [LOOP]: 2 } : {})),
  );
  assert.notEqual(sometimes.verdict, 'MORE');
});

test('less work is CHANGED', () => {
  const counted = compareCounters(
    arm(() => ({ [SELECT]: 2 })),
    arm(() => ({ [SELECT]: 1 })),
  );
  assert.equal(counted.verdict, 'CHANGED');
});

test('an answer may grow by a tenth', () => {
  const sized = (bytes: number) => arm(() => ({ [BYTES]: bytes }));
  assert.equal(compareCounters(sized(1000), sized(1100)).verdict, 'CHANGED');
  assert.equal(compareCounters(sized(1000), sized(1101)).verdict, 'MORE');
});

test('a call that fails on head only is more failed answers', () => {
  const counted = compareCounters(
    arm(() => ({})),
    arm((step) => (step === 'card' ? { [keyOf('failed-answers', 'status 500')]: 1 } : {})),
  );
  assert.deepEqual(whyMore(counted), ['card: failed answers 0 -> 1 per call: 0 -> 1 times "status 500" (new)']);
});

test('accepted rows are taken out and the rest is judged again', () => {
  const counted = compareCounters(
    arm(() => ({ [SELECT]: 1 })),
    arm(() => ({ [SELECT]: 1, [LOOP]: 1 })),
  );
  assert.equal(withoutAccepted(counted, (row) => row.step === 'card').verdict, 'MORE');
  const all = withoutAccepted(counted, () => true);
  assert.equal(all.verdict, 'SAME');
  assert.deepEqual(all.rows, []);
});

test('arms that carried out different calls are not compared', () => {
  const one = arm(() => ({}));
  const other = { ...one, calls: one.calls.slice(1) };
  assert.throws(() => compareCounters(one, other), /different calls/);
});

test('between equal builds, noise of every kind hardly ever makes a difference', () => {
  const random = seeded('noise');
  const often = keyOf('sql-statements', 'in every second call');
  const seldom = keyOf('sql-statements', 'one call in twenty');
  const many = keyOf('sql-rows', 'any number');
  let differing = 0;
  const rounds = 3000;
  for (let round = 0; round < rounds; round++) {
    const counts = () => ({
      [SELECT]: 1,
      [often]: random() < 0.5 ? 1 : 0,
      [seldom]: random() < 0.05 ? 1 : 0,
      [many]: Math.floor(random() * 100),
    });
    if (compareCounters(arm(counts), arm(counts)).rows.length > 0) differing++;
  }
  // An even chance: all six calls of a step 1 on one arm and 0 on the other, two directions, two steps: 4 / 4^6. The others add less.
  assert.ok(differing / rounds < 3 * (4 / 4 ** 6), `${differing} of ${rounds}`);
});
