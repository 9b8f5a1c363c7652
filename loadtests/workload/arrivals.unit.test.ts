import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evenOf, expectedOf, inverseOf, poisson, poissonOf } from './arrivals.ts';
import { arrivalTimes, type Draw } from './draw.ts';
import type { RatePoint } from './plan.ts';
import { seeded } from './random.ts';

const gapsOf = (times: number[]) => times.slice(1).map((at, i) => at - times[i]!);
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const variance = (values: number[]) => {
  const middle = mean(values);
  return mean(values.map((v) => (v - middle) ** 2));
};
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

test('counts of a long plan have an index of dispersion of 1 within 0.03, in windows of 0.1 s, 1 s and 10 s', () => {
  const times = poisson(seeded('2/arrivals'), 100, 40_000_000);
  for (const [windowMs, windows] of [
    [100, 400_000],
    [1000, 40_000],
    [10_000, 4000],
  ] as const) {
    const counts = countsPer(times, windowMs, 40_000_000);
    assert.equal(counts.length, windows);
    const dispersion = variance(counts) / mean(counts);
    // Standard error sqrt(2 / windows): 0.002, 0.007, 0.022.
    assert.ok(Math.abs(dispersion - 1) < 0.03, `index of dispersion ${dispersion} in windows of ${windowMs} ms`);
  }
});

/** Largest distance between the distribution of the values and the one they should have (Kolmogorov and Smirnov). */
function distance(values: number[], shareBelow: (value: number) => number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted.reduce((most, value, i) => {
    const share = shareBelow(value);
    return Math.max(most, Math.abs(share - i / sorted.length), Math.abs(share - (i + 1) / sorted.length));
  }, 0);
}

test('gaps pass a Kolmogorov-Smirnov test against the exponential, and those of an even grid do not', () => {
  const exponential = (gap: number) => 1 - Math.exp(-gap / 10);
  const gaps = gapsOf(poisson(seeded('6/arrivals'), 100, 1_000_000)).slice(0, 50_000);
  // 1.63 / sqrt(n) is the 1 % point for large n.
  assert.ok(distance(gaps, exponential) < 1.63 / Math.sqrt(gaps.length), `${distance(gaps, exponential)}`);
  const even = gapsOf([...evenOf(inverseOf(flat(100, 1_000_000)), 1_000_000)]).slice(0, 50_000);
  assert.ok(distance(even, exponential) > 0.3);
});

test('arrivals of a changing rate follow its integral', () => {
  // Rate 0 -> 200/s over 100 s: n(t) = t^2 (t in seconds), so inverse(n) = sqrt(n).
  const times = [...poissonOf(seeded('3/arrivals'), (expected) => Math.sqrt(expected) * 1000, 100_000)];
  const firstHalf = times.filter((at) => at < 50_000).length;
  assert.ok(Math.abs(times.length - 10_000) < 400, `${times.length} arrivals`);
  assert.ok(Math.abs(firstHalf - 2_500) < 200, `${firstHalf} in the first half`);
});

test('arrivals lie within the duration and in order', () => {
  const times = poisson(seeded('4/arrivals'), 50, 10_000);
  assert.ok(times.every((at, i) => at >= 0 && at < 10_000 && (i === 0 || at > times[i - 1]!)));
});

const flat = (ratePerSecond: number, toMs: number): RatePoint[] => [
  { atMs: 0, ratePerSecond },
  { atMs: toMs, ratePerSecond },
];

test('the inverse of a rate curve is the time by which its integral has so many arrivals', () => {
  // 0 -> 200/s over 100 s, a jump to 50/s for 100 s, nothing for 10 s, down from 80 to 0 over 50 s.
  const rates: RatePoint[] = [
    [0, 0],
    [100, 200],
    [100, 50],
    [200, 50],
    [200, 0],
    [210, 0],
    [210, 80],
    [260, 0],
  ].map(([seconds, ratePerSecond]) => ({ atMs: seconds! * 1000, ratePerSecond: ratePerSecond! }));
  const inverse = inverseOf(rates);
  assert.equal(expectedOf(rates), 10_000 + 5000 + 2000);
  // In the first ramp n(t) = t^2, in the last one n(t) = 80 t - 0.8 t^2.
  for (const t of [0, 1e-6, 1, 37.5, 99.999, 100]) assert.ok(Math.abs(inverse(t * t) - t * 1000) < 1e-3, `at ${t} s`);
  assert.equal(inverse(10_000 + 2500), 150_000);
  for (const t of [0.001, 1, 25, 49.9, 50]) {
    const told = inverse(15_000 + 80 * t - 0.8 * t * t);
    assert.ok(Math.abs(told - 210_000 - t * 1000) < 0.1, `${t} s after 210 s: ${told}`);
  }
  assert.equal(inverse(17_000.1), Number.POSITIVE_INFINITY);
});

test('arrivals end where a curve ends before the duration does', () => {
  const inverse = inverseOf(flat(100, 1000));
  assert.equal([...evenOf(inverse, 5000)].length, 100);
  assert.ok([...poissonOf(seeded('7/arrivals'), inverse, 5000)].every((atMs) => atMs <= 1000));
});

test('even arrivals stand in the middle of their shares of the curve', () => {
  assert.deepEqual([...evenOf(inverseOf(flat(4, 1000)), 1000)], [125, 375, 625, 875]);
});

const phases: Draw['phases'] = [
  {
    name: 'warm-up',
    kind: 'warm-up',
    rates: [
      [0, 50],
      [100, 50],
    ],
  },
  {
    name: 'up',
    kind: 'ramp',
    rates: [
      [100, 50],
      [300, 300],
    ],
  },
  {
    name: 'hold',
    kind: 'hold',
    rates: [
      [300, 300],
      [400, 300],
    ],
  },
  {
    name: 'recover',
    kind: 'recover',
    rates: [
      [400, 100],
      [600, 100],
    ],
  },
].map(({ rates, ...phase }) => {
  const points = rates.map(([at, ratePerSecond]) => ({ atMs: at! * 1000, ratePerSecond: ratePerSecond! }));
  return {
    ...(phase as { name: string; kind: 'hold' }),
    fromMs: points[0]!.atMs,
    toMs: points[1]!.atMs,
    rates: points,
  };
});

test('each phase of a draw has the arrivals of its integral, within Poisson error; even ones within one', () => {
  const draw = { ratePerSecond: 300, durationMs: 600_000, warmUpMs: 100_000, seed: 9, phases };
  const expected = [5000, 35_000, 30_000, 20_000];
  for (const [kind, error] of [
    ['poisson', (n: number) => 4.5 * Math.sqrt(n)],
    ['even', () => 1],
  ] as const) {
    const times = [...arrivalTimes({ ...draw, arrivals: kind })];
    phases.forEach(({ name, fromMs, toMs }, n) => {
      const count = times.filter((atMs) => atMs >= fromMs && atMs < toMs).length;
      assert.ok(Math.abs(count - expected[n]!) <= error(expected[n]!), `${kind}, ${name}: ${count} of ${expected[n]}`);
    });
  }
});

test('a Poisson ramp is Poisson all along: its counts over what is expected of them scatter as they should', () => {
  const draw = { ratePerSecond: 300, durationMs: 600_000, warmUpMs: 100_000, seed: 10, phases };
  const times = [...arrivalTimes(draw)].filter((atMs) => atMs >= 100_000 && atMs < 300_000);
  const counts = countsPer(
    times.map((atMs) => atMs - 100_000),
    100,
    200_000,
  );
  const rate = (window: number) => 50 + (250 * (window + 0.5)) / 2000;
  const chi2 = counts.reduce((sum, count, window) => sum + (count - rate(window) / 10) ** 2 / (rate(window) / 10), 0);
  // Chi-square with 2000 degrees of freedom: mean 2000, standard deviation 63.
  assert.ok(Math.abs(chi2 - 2000) < 4 * 63.2, `chi-square ${chi2}`);
});

test('a livelier warm-up has its own rate until shortly before it ends', () => {
  const draw = { ratePerSecond: 100, durationMs: 400_000, warmUpMs: 101_500, warmUpRatePerSecond: 300, seed: 5 };
  const times = [...arrivalTimes(draw)];
  const first = times.filter((atMs) => atMs < 100_000).length;
  assert.ok(Math.abs(first - 30_000) < 5 * Math.sqrt(30_000), `${first}`);
  assert.ok(Math.abs(times.length - first - 30_000) < 5 * Math.sqrt(30_000), `${times.length - first}`);
});
