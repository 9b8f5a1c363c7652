import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accept, acceptedEffect, type Difference } from './accept.ts';
import { parseAccepted } from './entries.ts';

const TODAY = '2026-11-23';
const rest = (until: string) => `    reason: wanted\n    owner: mina\n    until: ${until}\n`;
const entries = (until = '2027-06-30') =>
  parseAccepted(
    `accepted:
  - metric: response-p95
    bound: 15%
${rest(until)}  - counter: sql-statements
    step: check in
    statement: SELECT *  from members
    bound: +2
${rest(until)}`,
    'ci/accepted.yaml',
  );
const slower = (effect: number): Difference => ({ kind: 'metric', metric: 'response-p95', effect });
const dearer: Difference = { kind: 'metric', metric: 'cpu-per-request', effect: 0.06 };
const more = (head: number, base = 40): Difference => ({
  kind: 'counter',
  counter: 'sql-statements',
  step: 'check in',
  statement: 'select * from members where id = $1',
  base,
  head,
});
const states = (differences: Difference[], until?: string, today = TODAY) =>
  accept(differences, entries(until), today).accepted.map(({ state }) => state);

test('what is within its bound is accepted, what no entry names remains', () => {
  const { remaining, failures, accepted, notes } = accept([slower(0.149), dearer, more(42)], entries(), TODAY);
  assert.deepEqual(remaining, [dearer]);
  assert.deepEqual(failures, []);
  assert.deepEqual(notes, []);
  assert.match(
    accepted[0]!.text,
    /^ci\/accepted\.yaml:2 accepts response-p95 by up to \+15 %, seen response-p95 \+14\.9 %: wanted \(mina, until 2027-06-30\)$/,
  );
});

test('the bound itself is still accepted, anything beyond fails and says both figures', () => {
  assert.deepEqual(accept([slower(0.15), more(42)], entries(), TODAY).remaining, []);
  const { remaining, failures } = accept([slower(0.16), more(43)], entries(), TODAY);
  assert.deepEqual(remaining, [slower(0.16), more(43)]);
  assert.match(failures[0]!, /up to \+15 %, but there is response-p95 \+16\.0 %/);
  assert.match(
    failures[1]!,
    /sql-statements of "SELECT \*\s+from members" in check in by up to \+2, but there is sql-statements in check in 40 -> 43/,
  );
});

test('the last day still counts, the day after fails with the entry named', () => {
  assert.deepEqual(states([slower(0.1), more(41)], TODAY), ['accepted', 'accepted']);
  const { remaining, failures } = accept([slower(0.1)], entries('2026-11-22'), TODAY);
  assert.deepEqual(remaining, [slower(0.1)]);
  assert.equal(failures.length, 2);
  assert.match(
    failures[0]!,
    /^ci\/accepted\.yaml:2 accepted response-p95 .* until 2026-11-22, which is over; there is response-p95 \+10\.0 %: ask mina/,
  );
});

test('an entry past its day fails even when nothing differs any more', () => {
  assert.equal(accept([], entries('2026-11-22'), TODAY).failures.length, 2);
});

test('an entry that names nothing is said, and is no failure', () => {
  const { accepted, failures } = accept([dearer], entries(), TODAY);
  assert.deepEqual(
    accepted.map(({ state }) => state),
    ['unused', 'unused'],
  );
  assert.deepEqual(failures, []);
  assert.match(accepted[0]!.text, /can be taken away/);
});

test('an entry that ends within two weeks is announced', () => {
  const { notes } = accept([slower(0.1), more(41)], entries('2026-12-06'), TODAY);
  assert.equal(notes.filter((note) => /ends after 2026-12-06: ask mina/.test(note)).length, 2);
  assert.equal(accept([slower(0.1), more(41)], entries('2026-12-07'), TODAY).notes.length, 0);
});

test('a counter of another step or another statement is not what the entry names', () => {
  const counter = more(41) as Extract<Difference, { kind: 'counter' }>;
  for (const other of [
    { ...counter, step: 'check out' },
    { ...counter, statement: 'select * from guardians' },
    { ...counter, counter: 'sql-rows' },
  ]) {
    assert.deepEqual(accept([other], entries(), TODAY).remaining, [other]);
  }
});

test('a bound as a share of base allows nothing where base did nothing', () => {
  const [, counter] = entries();
  const share = [{ ...counter!, bound: { kind: 'ratio' as const, ratio: 0.5 } }];
  assert.deepEqual(accept([more(60)], share, TODAY).remaining, []);
  assert.deepEqual(accept([more(1, 0)], share, TODAY).remaining, [more(1, 0)]);
});

test('the rule learns how far a metric may go today', () => {
  assert.equal(acceptedEffect('response-p95', entries(), TODAY), 0.15);
  assert.equal(acceptedEffect('response-p95', entries('2026-11-22'), TODAY), null);
  assert.equal(acceptedEffect('cpu-per-request', entries(), TODAY), null);
});
