import assert from 'node:assert/strict';
import { test } from 'node:test';
import tCdf from '@stdlib/stats-base-dists-t-cdf';
import { normals } from '../gate/testdata/pairs.ts';
import { atEqualDetection, blockedBy, type Case, casesOf, runOf } from './judge-rivals.ts';
import { quantile7, type Rival, type Run, rivalsOf } from './rivals.ts';
import { madeRecorded } from './testdata/recorded.ts';

const RIVALS = rivalsOf({ p95Ms: 300, errorRatio: 0.005 });
const named = (start: string): Rival => RIVALS.find(({ name }) => name.startsWith(start))!;
const run = (p95Ms: number, errorRatio = 0): Run => ({ p95Ms, serviceMs: [p95Ms], errorRatio });
const given = (one: Partial<Case>): Case => ({
  head: run(100),
  base: run(100),
  previous: run(100),
  history: [run(100), run(100)],
  ...one,
});
const blocks = (rival: Rival, one: Partial<Case>) => rival.score(given(one)) > rival.limit(given(one));

/** Standard normal distribution function, by Student's t with so many degrees that they are the same to eight digits. */
const phi = (z: number) => tCdf(z, 1e9);
const within3 = (ratio: number, expected: number, cases: number) => {
  const error = 3 * Math.sqrt((expected * (1 - expected)) / cases);
  assert.ok(Math.abs(ratio - expected) <= error, `${ratio} instead of ${expected} +- ${error}`);
};

test('limits are where their sources put them', () => {
  assert.deepEqual(
    [109.9, 110.1].map((ms) => blocks(named('fixed ratio 1.1 '), { head: run(ms) })),
    [false, true],
  );
  assert.deepEqual(
    [124.9, 125.1].map((ms) => blocks(named('fixed ratio 1.25'), { head: run(ms) })),
    [false, true],
  );
  assert.deepEqual(
    [124.9, 125.1].map((ms) => blocks(named('Bencher, percentage'), { head: run(ms), base: run(1) })),
    [false, true],
  );
  assert.deepEqual(
    [199.9, 200.1].map((ms) => blocks(named('github-action'), { head: run(ms), base: run(1) })),
    [false, true],
  );
  assert.deepEqual(
    [run(299.9), run(300.1), run(1, 0.004), run(1, 0.006)].map((head) => blocks(named('k6'), { head })),
    [false, true, false, true],
  );
});

test('the t test on history is that of Bencher: population deviation, no allowance for the new value', () => {
  // 1 to 5: mean 3, population deviation sqrt(2), t(0.99; 4) = 3.746947: the limit is 8.29898.
  const history = [1, 2, 3, 4, 5].map((ms) => run(ms));
  assert.deepEqual(
    [8.2989, 8.2991].map((ms) => blocks(named('t test'), { head: run(ms), history })),
    [false, true],
  );
});

test('a quantile is interpolated as k6 does', () => {
  assert.equal(quantile7([1, 2, 3, 4], 0.5), 2.5);
  assert.equal(quantile7([10, 20], 0.95), 19.5);
  assert.equal(quantile7([7], 0.95), 7);
});

test('a run counts requests without an answer and never sent ones as the time-out and as failed', () => {
  const { samples } = madeRecorded(0);
  const [first, second, ...others] = samples.head.samples;
  const broken = {
    ...samples.head,
    samples: [{ ...first!, status: 0, serviceMs: 12 }, { ...second!, status: 500 }, ...others.slice(1)],
  };
  const seen = runOf(broken);
  assert.equal(seen.serviceMs.length, 4);
  assert.deepEqual(seen.serviceMs.slice(-2), [5000, 5000]);
  assert.equal(seen.errorRatio, 3 / 4);
});

test('on pairs of known scatter a fixed ratio blocks as often as the normal distribution says', () => {
  const [sd, count] = [0.12, 4000];
  const next = normals(5);
  const pairs = Array.from({ length: count }, (_, i) => madeRecorded(i, { time: sd * next() }));
  const cases = casesOf(
    pairs,
    pairs.map((pair, at) => ({ at, head: pair.samples.head })),
    { seed: 1, blockPairs: 3 },
  );
  for (const limit of [1.1, 1.25]) {
    const { ratio } = blockedBy(named(`fixed ratio ${limit} `), cases);
    within3(ratio, 1 - phi(Math.log(limit) / sd), count);
  }
});

test('compared with the turn before, the scatter of both turns counts', () => {
  const [sd, count] = [0.3, 4000];
  const next = normals(6);
  const pairs = Array.from({ length: count }, (_, i) => madeRecorded(i, { both: sd * next() }));
  const cases = casesOf(
    pairs,
    pairs.map((pair, at) => ({ at, head: pair.samples.head })),
    { seed: 1, blockPairs: 3 },
  );
  const expected = (limit: number) => 1 - phi(Math.log(limit) / (sd * Math.SQRT2));
  within3(blockedBy(named('Bencher, percentage'), cases).ratio, expected(1.25), count);
  within3(blockedBy(named('github-action'), cases).ratio, expected(2), count);
  assert.equal(blockedBy(named('fixed ratio 1.1 '), cases).count, 0, 'side by side both were slow');
});

test('at equal detection the limit is the largest with which the rival still finds as much', () => {
  const rival = named('fixed ratio 1.1 ');
  const heads = (...ms: number[]) => ms.map((one) => given({ head: run(one) }));
  const compared = atEqualDetection(rival, 0.75, heads(110, 120, 130, 90), heads(80, 95, 112, 140));
  assert.equal(compared.limit, 1.1);
  assert.equal(compared.found.count, 3);
  assert.equal(compared.falseBlocks.count, 2);
});
