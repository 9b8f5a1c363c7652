import assert from 'node:assert/strict';
import { test } from 'node:test';
import betaCdf from '@stdlib/stats-base-dists-beta-cdf';
import { harrellDavis } from './harrell-davis.ts';

const near = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not within ${tolerance} of ${expected}`);

test('the median of two and of three values has the weights that the beta distribution gives on paper', () => {
  // n = 2: a = b = 1.5, symmetric, so 1/2 each. n = 3: a = b = 2, I(x) = 3x^2 - 2x^3, so weights 7/27, 13/27, 7/27.
  near(harrellDavis([10, 20], 0.5), 15, 1e-9);
  near(harrellDavis([0, 1, 10], 0.5), (13 + 70) / 27, 1e-9);
});

test('an upper quantile of four values matches the polynomial of the beta function', () => {
  // n = 4, p = 0.8: a = 4, b = 1, I(x) = x^4.
  const weights = [1, 15, 65, 175].map((w) => w / 256);
  near(harrellDavis([1, 2, 4, 8], 0.8), weights[0]! + 2 * weights[1]! + 4 * weights[2]! + 8 * weights[3]!, 1e-9);
});

test('on many samples it meets the exact quantile', () => {
  // Quantiles of the exponential distribution at (i - 0.5) / n: truth is -ln(1 - p).
  const n = 20_000;
  const sorted = Float64Array.from({ length: n }, (_, i) => -Math.log(1 - (i + 0.5) / n));
  for (const p of [0.5, 0.95, 0.99]) near(harrellDavis(sorted, p) / -Math.log(1 - p), 1, 0.002);
});

test('one sample is its own quantile, and no sample has none', () => {
  near(harrellDavis([42], 0.95), 42, 1e-9);
  assert.throws(() => harrellDavis([], 0.95), RangeError);
  assert.throws(() => harrellDavis([1], 1), RangeError);
});

test('leaving out what has no weight changes nothing: the definition, summed over every value, gives the same', () => {
  const n = 1260;
  const sorted = Float64Array.from({ length: n }, (_, i) => Math.exp(3 * ((i + 0.5) / n) ** 8));
  for (const p of [0.5, 0.75, 0.95, 0.99]) {
    const [a, b] = [(n + 1) * p, (n + 1) * (1 - p)];
    let [sum, below] = [0, 0];
    for (let i = 1; i <= n; i++) {
      const upTo = i === n ? 1 : betaCdf(i / n, a, b);
      sum += sorted[i - 1]! * (upTo - below);
      below = upTo;
    }
    near(harrellDavis(sorted, p) / sum, 1, 1e-10);
  }
});
