import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bounds,
  holmLevels,
  logRatio,
  looksUpTo,
  minimumDetectableEffect,
  pocockLevel,
  pValue,
  spendingShares,
  standardDeviation,
  toRatio,
  tUpper,
} from './statistics.ts';
import { normals } from './testdata/pairs.ts';

const near = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not within ${tolerance} of ${expected}`);

test('quantiles of t are those of the printed tables', () => {
  for (const [level, df, expected] of [
    [0.05, 3, 2.353],
    [0.005, 3, 5.841],
    [0.0005, 3, 12.924],
    [0.025, 11, 2.201],
    [0.01, 7, 2.998],
    [0.001, 11, 4.025],
  ] as const) {
    near(tUpper(level, df), expected, 0.0006);
  }
});

test('bounds of a textbook sample', () => {
  // mean 5, sd 2, n = 4: standard error 1.
  const values = [5 - Math.sqrt(6), 5, 5, 5 + Math.sqrt(6)];
  near(standardDeviation(values), 2, 1e-12);
  const { lower, upper } = bounds(values, { below: 0.005, above: 0.05 });
  near(lower, 5 - 5.841, 0.001);
  near(upper, 5 + 2.353, 0.001);
});

test('pairs needed at a scatter of 8 % are those of the exact noncentral t: 13 for +10 %, 6 for +20 %', () => {
  const detectable = (n: number) => {
    const unit = Array.from({ length: n }, (_, i) => i);
    const values = unit.map((v) => (v / standardDeviation(unit)) * 0.08);
    return toRatio(minimumDetectableEffect(values, 0.01, 0.9));
  };
  assert.ok(detectable(13) <= 0.1 && detectable(12) > 0.1, `${detectable(12)} ${detectable(13)}`);
  assert.ok(detectable(6) <= 0.2 && detectable(5) > 0.2, `${detectable(5)} ${detectable(6)}`);
});

test('a log ratio is symmetric and gives the ratio back', () => {
  near(logRatio(100, 120), -logRatio(120, 100), 1e-12);
  near(toRatio(logRatio(100, 120)), 0.2, 1e-12);
});

test('p values are those of the printed tables of t', () => {
  // mean 2.353, standard error 1, 3 degrees of freedom: exceeded with chance 0.05.
  const values = [-Math.sqrt(6), 0, 0, Math.sqrt(6)].map((deviation) => 2.353 + deviation);
  near(pValue(values), 0.05, 0.0001);
  near(pValue(values.map((value) => -value)), 0.95, 0.0001);
  assert.equal(pValue([1, 1, 1]), 0);
  assert.equal(pValue([0, 0, 0]), 1);
});

test("Holm's procedure rejects what his paper rejects, at the levels of the steps", () => {
  // The usual worked example: level 0.05, p = 0.01, 0.02, 0.03, 0.04: 0.01 <= 0.0125 rejected, 0.02 > 0.0167 stands.
  const close = (actual: number[], expected: number[]) => {
    for (const [i, level] of actual.entries()) near(level, expected[i]!, 1e-12);
  };
  close(holmLevels([0.04, 0.01, 0.03, 0.02], 0.05), [0.05 / 3, 0.05 / 4, 0.05 / 3, 0.05 / 3]);
  close(holmLevels([0.001, 0.01, 0.02], 0.05), [0.05 / 3, 0.05 / 2, 0.05]);
  close(holmLevels([0.5, 0.6], 0.05), [0.025, 0.025]);
});

test("at Pocock's level of each look the chance over all looks is 5 %", () => {
  // Sums of normal steps, looked at five times: the boundary is crossed at least once in 5 % of the walks.
  const next = normals(3);
  const level = pocockLevel(5);
  const z = tUpper(level, 1e9);
  let crossed = 0;
  for (let walk = 0; walk < 20_000; walk++) {
    let sum = 0;
    let isOver = false;
    for (let n = 1; n <= 5; n++) {
      sum += next();
      isOver ||= sum / Math.sqrt(n) > z;
    }
    if (isOver) crossed++;
  }
  near(crossed / 20_000, 0.05, 3 * Math.sqrt((0.05 * 0.95) / 20_000));
  assert.throws(() => pocockLevel(11), RangeError);
});

test('looks end at the cap, whether it is before or after the planned ones', () => {
  assert.deepEqual(looksUpTo(12, [4, 6, 8, 12], 4), [4, 6, 8, 12]);
  assert.deepEqual(looksUpTo(7, [4, 6, 8, 12], 4), [4, 6, 7]);
  assert.deepEqual(looksUpTo(22, [4, 6, 8, 12], 4), [4, 6, 8, 12, 16, 20, 22]);
  assert.deepEqual(looksUpTo(112, [4, 6, 8, 12], 4), [4, 6, 8, 12, 32, 52, 72, 92, 112]);
});

test('the shares of the looks grow and add up to the whole chance', () => {
  const shares = spendingShares([4, 6, 8, 12], 2);
  near(
    shares.reduce((sum, share) => sum + share, 0),
    1,
    1e-12,
  );
  near(shares[0]!, 1 / 9, 1e-12);
  assert.deepEqual([...shares].sort(), shares);
});

test('when the end comes early the last look takes what is left', () => {
  const shares = spendingShares([4, 6, 7], 2, 12);
  near(shares[0]! + shares[1]!, 0.25, 1e-12);
  near(shares[2]!, 0.75, 1e-12);
});
