import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inverseOfSteps, poisson, poissonOf } from './arrivals.ts';
import { seeded } from './random.ts';

const gapsOf = (times: number[]) => times.slice(1).map((at, i) => at - times[i]!);
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const variance = (values: number[]) => mean(values.map((v) => (v - mean(values)) ** 2));
const countsPer = (times: number[], windowMs: number, durationMs: number) => {
  const counts = new Array<number>(durationMs / windowMs).fill(0);
  for (const at of times) counts[Math.floor(at / windowMs)]!++;
  return counts;
};

test('arrivals at a constant rate have the exponential gaps of that rate', () => {
  const times = poisson(seeded('1/arrivals'), 100, 1_000_000);
  // 100 000 expected, standard deviation 316.
  assert.ok(Math.abs(times.length - 100_000) < 4 * 316, `${times.length} arrivals`);
  const gaps = gapsOf(times);
  assert.ok(Math.abs(mean(gaps) - 10) < 0.15, `mean gap ${mean(gaps)}`);
  // The coefficient of variation of an exponential is 1; a fixed grid has 0.
  const variation = Math.sqrt(variance(gaps)) / mean(gaps);
  assert.ok(Math.abs(variation - 1) < 0.02, `coefficient of variation ${variation}`);
});

test('counts per second have an index of dispersion of 1', () => {
  const times = poisson(seeded('2/arrivals'), 100, 1_000_000);
  const counts = countsPer(times, 1000, 1_000_000);
  const dispersion = variance(counts) / mean(counts);
  // Standard error sqrt(2 / 1000) = 0.045.
  assert.ok(Math.abs(dispersion - 1) < 0.18, `index of dispersion ${dispersion}`);
});

test('arrivals of a changing rate follow its integral', () => {
  // Rate 0 -> 200/s over 100 s: n(t) = t^2 (t in seconds), so inverse(n) = sqrt(n).
  const times = poissonOf(seeded('3/arrivals'), (expected) => Math.sqrt(expected) * 1000, 100_000);
  const firstHalf = times.filter((at) => at < 50_000).length;
  assert.ok(Math.abs(times.length - 10_000) < 400, `${times.length} arrivals`);
  assert.ok(Math.abs(firstHalf - 2_500) < 200, `${firstHalf} in the first half`);
});

test('arrivals lie within the duration and in order', () => {
  const times = poisson(seeded('4/arrivals'), 50, 10_000);
  assert.ok(times.every((at, i) => at >= 0 && at < 10_000 && (i === 0 || at > times[i - 1]!)));
});

test('a rate that changes in steps has each rate in its own phase', () => {
  const inverse = inverseOfSteps([
    { ratePerSecond: 300, forMs: 100_000 },
    { ratePerSecond: 100, forMs: 200_000 },
  ]);
  assert.equal(inverse(0), 0);
  assert.equal(inverse(30_000), 100_000);
  assert.equal(inverse(30_100), 101_000);
  const times = poissonOf(seeded('5/arrivals'), inverse, 300_000);
  const first = times.filter((atMs) => atMs < 100_000).length;
  // Five standard deviations of a Poisson count around 30,000 and 20,000.
  assert.ok(Math.abs(first - 30_000) < 5 * Math.sqrt(30_000), `${first}`);
  assert.ok(Math.abs(times.length - first - 20_000) < 5 * Math.sqrt(20_000), `${times.length - first}`);
});
