import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quantile } from './lag.ts';

const GAMMA = 1.001 / 0.999;
const bucketOf = (ms: number) => Math.ceil(Math.log(ms) / Math.log(GAMMA));

test('the quantile is the value at its rank, within the relative error of the sketch', () => {
  const buckets: [number, number][] = [
    [bucketOf(40), 1],
    [bucketOf(10), 94],
    [bucketOf(20), 5],
  ];
  const lags = { relativeError: 0.001, infinite: 0, buckets };
  for (const [q, ms] of [
    [0.5, 10],
    [0.94, 10],
    [0.95, 20],
    [1, 40],
  ] as const) {
    assert.ok(Math.abs(quantile(lags, q) / ms - 1) <= 0.0021, `${q}`);
  }
});

test('a write that never showed lies above every other, and no probe at all is an error', () => {
  assert.equal(quantile({ relativeError: 0.001, infinite: 1, buckets: [[bucketOf(10), 1]] }, 0.95), Infinity);
  assert.throws(() => quantile({ relativeError: 0.001, infinite: 0, buckets: [] }, 0.95), /no probe/);
});
