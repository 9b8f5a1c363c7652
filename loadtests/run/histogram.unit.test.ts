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

test('parts merged in any order are bit for bit the whole, also through JSON', () => {
  const values = [...durations(5_000, 'merge'), Number.POSITIVE_INFINITY];
  const whole = JSON.stringify(fill(values));
  const parts = [0, 1, 2].map((part) => fill(values.filter((_, index) => index % 3 === part)));
  const stored = parts.map((part) => JSON.stringify(part));
  for (const order of [
    [0, 1, 2],
    [2, 0, 1],
    [1, 2, 0],
  ]) {
    const merged = new Histogram();
    for (const part of order) merged.merge(Histogram.fromJSON(JSON.parse(stored[part]!)));
    assert.equal(JSON.stringify(merged), whole);
  }
});

test('a histogram comes back from JSON as it was, an empty one too', () => {
  for (const histogram of [new Histogram(), fill([0, 1, 2.5, Number.POSITIVE_INFINITY])]) {
    const json = JSON.stringify(histogram);
    assert.equal(JSON.stringify(Histogram.fromJSON(JSON.parse(json))), json);
  }
});

test('JSON takes few bytes: three for a bucket, and none for empty ones', () => {
  const values = durations(20_000, 'compact');
  const { buckets } = fill(values).toJSON();
  const used = new Set(values.map((value) => Math.ceil(Math.log(value) / Math.log(1.001 / 0.999)))).size;
  assert.ok(Buffer.from(buckets, 'base64').length <= 3 * used, `${buckets.length} letters for ${used} buckets`);
});

test('buckets of another width, another version and cut-off ones are refused', () => {
  const json = fill([1, 2, 1000]).toJSON();
  const cut = Buffer.from(json.buckets, 'base64').subarray(0, -2).toString('base64');
  for (const wrong of [{ relativeError: 0.01 }, { version: 1 as never }, { buckets: cut }]) {
    assert.throws(() => Histogram.fromJSON({ ...json, ...wrong }), RangeError);
  }
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

test('a quantile without a part is that of the rest', () => {
  const parts = ['one', 'two', 'three'].map((purpose) => fill([...durations(500, purpose), Number.POSITIVE_INFINITY]));
  const whole = parts.reduce((sum, part) => sum.merge(part), new Histogram());
  const rest = new Histogram().merge(parts[0]!).merge(parts[2]!);
  // The smallest and largest of the whole are not taken off, so that the ends may differ by the width of a bucket.
  for (const q of QUANTILES) {
    const [told, exact] = [whole.quantileWithout(parts[1]!, q)!, rest.quantile(q)!];
    assert.ok(told === exact || Math.abs(told / exact - 1) <= RELATIVE_ERROR * 1.000001, `q ${q}: ${told}, ${exact}`);
  }
});
