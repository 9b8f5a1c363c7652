import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '../workload/random.ts';
import { Histogram, RELATIVE_ERROR } from './histogram.ts';

const QUANTILES = [0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1];

/** Log-normal-like durations over five decades. */
function durations(count: number, purpose: string): number[] {
  const random = seeded(purpose);
  return Array.from({ length: count }, () => Math.exp(8 * (random() + random() - 1)) * 10);
}

const fill = (values: number[]) => {
  const histogram = new Histogram();
  for (const value of values) histogram.add(value);
  return histogram;
};

test('every percentile is within 0.1 % of the exact order statistic', () => {
  const values = durations(20_000, 'histogram');
  const histogram = fill(values);
  const sorted = values.toSorted((a, b) => a - b);
  for (const q of QUANTILES) {
    const exact = sorted[Math.max(0, Math.ceil(q * sorted.length - 1e-9) - 1)]!;
    const told = histogram.quantile(q)!;
    assert.ok(Math.abs(told / exact - 1) <= RELATIVE_ERROR * 1.000001, `q ${q}: ${told}, exact ${exact}`);
  }
});

test('merging two gives the same as adding all to one, also through JSON', () => {
  const values = durations(5_000, 'merge');
  const whole = fill(values);
  const left = fill(values.slice(0, 1234));
  const right = Histogram.fromJSON(JSON.parse(JSON.stringify(fill(values.slice(1234)))));
  left.merge(right);
  const { sum, ...rest } = whole.toJSON();
  const { sum: mergedSum, ...mergedRest } = left.toJSON();
  assert.deepEqual(mergedRest, rest);
  assert.ok(Math.abs(mergedSum / sum - 1) < 1e-12);
});

test('a histogram comes back from JSON as it was, an empty one too', () => {
  for (const histogram of [new Histogram(), fill([0, 1, 2.5, Number.POSITIVE_INFINITY])]) {
    const json = JSON.stringify(histogram);
    assert.equal(JSON.stringify(Histogram.fromJSON(JSON.parse(json))), json);
  }
});

test('JSON holds only buckets that are not empty', () => {
  assert.equal(fill([5, 5, 5, 5000]).toJSON().buckets.length, 2);
});

test('buckets of another width are refused', () => {
  const json = { ...fill([1]).toJSON(), relativeError: 0.01 };
  assert.throws(() => Histogram.fromJSON(json), RangeError);
});

test('requests without an answer lie above every answer', () => {
  const histogram = fill([...Array(98).fill(10), Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
  assert.ok(Math.abs(histogram.quantile(0.98)! - 10) < 0.02);
  assert.equal(histogram.quantile(0.99), Number.POSITIVE_INFINITY);
  assert.equal(histogram.max, Number.POSITIVE_INFINITY);
  assert.equal(histogram.shareAtMost(1e9), 0.98);
});

test('the share at most a threshold is exact for values away from it', () => {
  const histogram = fill(Array.from({ length: 1000 }, (_, i) => i + 0.5));
  for (const threshold of [100, 300, 750]) {
    assert.ok(Math.abs(histogram.shareAtMost(threshold) - threshold / 1000) <= 0.002);
  }
  assert.equal(fill([300]).shareAtMost(300), 1, 'a value on the threshold is at most the threshold');
});

test('one value is every percentile of itself, and nothing has none', () => {
  const histogram = fill([42]);
  for (const q of QUANTILES) assert.equal(histogram.quantile(q), 42);
  assert.equal(new Histogram().quantile(0.5), undefined);
});

test('what is no duration is refused', () => {
  for (const wrong of [Number.NaN, -1]) assert.throws(() => new Histogram().add(wrong), RangeError);
});
