import assert from 'node:assert/strict';
import { test } from 'node:test';
import { madeResult } from '../gate/testdata/result.ts';
import { readHistory, toLine, toRecord } from './record.ts';
import { madeRecords } from './testdata/made.ts';

const made = madeResult({ p95: 0.02, cpu: 0 });
const HEAD = 'c'.repeat(40);
const clean = { ...made, head: { ...made.head, commit: HEAD, dirty: false } };
const COMMITTED = '2026-11-20T10:00:00.000Z';
const record = (result: object, run?: string) =>
  toRecord(JSON.stringify(result), 'result.json', { run, committedAt: () => COMMITTED });

test('a result becomes a record with the log ratio and the scatter of every metric', () => {
  const { id, commit, base, committedAt, pairs, metrics } = record(clean, '77');
  assert.equal(id, `${clean.head.commit}@77`);
  assert.deepEqual(
    [commit, base, committedAt, pairs],
    [clean.head.commit, clean.base!.commit, COMMITTED, clean.pairs.length],
  );
  const effect = clean.effects.find(({ metric }) => metric === 'response-p95')!;
  assert.ok(Math.abs(metrics['response-p95']!.logRatio - Math.log(effect.head / effect.base)) < 1e-9);
  assert.equal(metrics['response-p95']!.scatter, effect.scatter);
});

test('without a run of a pipeline the start of the gate tells two runs apart', () => {
  assert.equal(record(clean).id, `${clean.head.commit}@${clean.startedAt}`);
});

test('a metric that could not be measured is left out', () => {
  const effects = [...clean.effects, { ...clean.effects[0]!, metric: 'lag', base: null, head: null, estimate: null }];
  assert.ok(!('lag' in record({ ...clean, effects }).metrics));
});

const REFUSED: [name: string, result: object, code: string][] = [
  ['an INVALID one', { ...clean, verdict: 'INVALID' }, 'history.not-usable'],
  ['one of a changed work tree', made, 'history.not-usable'],
  ['one with a planted slowdown', { ...clean, planted: 'delay:20ms' }, 'history.not-usable'],
  ['one of a commit against itself', { ...clean, base: clean.head }, 'history.not-usable'],
  ['a smoke run', { ...clean, base: null, pairs: [] }, 'history.not-usable'],
  ['a run of the load suite', { schema: 'amsperf/run/v1' }, 'history.no-result'],
  ['one whose figures are texts', { ...clean, effects: [{ ...clean.effects[0]!, base: '12' }] }, 'history.no-result'],
];

for (const [name, result, code] of REFUSED) {
  test(`a result that says nothing of a commit is refused: ${name}`, () => {
    assert.throws(() => record(result), { code });
  });
}

test('a truncated result is refused with the reason', () => {
  const text = JSON.stringify(clean).slice(0, 500);
  assert.throws(
    () => toRecord(text, 'half.json', { committedAt: () => COMMITTED }),
    /half\.json is no result of the gate: no JSON/,
  );
});

test('stored lines come back in the order of their commits, twice the same counts once, and a bad line is named', () => {
  const [first, second, third] = madeRecords([0.01, 0.02, 0.03]);
  const lines = [third!, first!, first!, second!].map(toLine);
  lines.splice(1, 0, '{"schema":"amsperf/history/v1"', '', 'null', toLine({ ...second!, committedAt: 'yesterday' }));
  const { records, malformed } = readHistory(lines);
  assert.deepEqual(records, [first, second, third]);
  assert.deepEqual(
    malformed.map(({ line }) => line),
    [2, 4, 5],
  );
  assert.match(malformed[0]!.why, /^no JSON/);
  assert.match(malformed[2]!.why, /^committedAt: /);
});
