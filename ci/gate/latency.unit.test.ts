import assert from 'node:assert/strict';
import { test } from 'node:test';
import { latencyFigures, latencyOf } from './latency.ts';
import { logRatio, mean, standardDeviation } from './statistics.ts';
import { type MadeSamples, madeSamples } from './testdata/samples.ts';

const near = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not within ${tolerance} of ${expected}`);

/** The machine stands still from 10.0 to 11.2 s: whatever is due then is answered at its end, on both arms. */
const stall = (drawnMs: number, atMs: number) => (atMs >= 10_000 && atMs < 11_200 ? 11_200 - atMs + drawnMs : drawnMs);

test('log-normal times have the quantiles and the geometric mean that the formula gives', () => {
  // 5 ms exp(0.4 z): z of 0.5, 0.75, 0.9, 0.95, 0.99.
  const figures = latencyOf(madeSamples({ seconds: 300 }).base);
  for (const [actual, z] of [
    [figures.responseP50Ms, 0],
    [figures.responseP75Ms, 0.6745],
    [figures.responseP90Ms, 1.2816],
    [figures.responseP95Ms, 1.6449],
    [figures.responseP99Ms, 2.3263],
    [figures.responseTypicalMs, 0],
  ] as const) {
    near(actual / (5 * Math.exp(0.4 * z)), 1, 0.025);
  }
});

test('each journey step has its own geometric mean', () => {
  const { base } = madeSamples({ scatter: 0 });
  const samples = base.samples.map((one) => ({ ...one, serviceMs: one.step === 'write' ? 20 : 4 }));
  const { steps } = latencyOf({ ...base, samples });
  assert.deepEqual(Object.keys(steps), ['read', 'write']);
  near(steps.write!.typicalMs, 20, 1e-9);
  near(steps.read!.typicalMs, 4, 1e-9);
  assert.equal(steps.write!.requests, 420);
});

test('a request without an answer, or never sent, counts as the time-out', () => {
  const { base } = madeSamples({ scatter: 0 });
  const unanswered = base.samples.map((one, i) => (i % 10 === 0 ? { ...one, status: 0, serviceMs: 3 } : one));
  assert.ok(latencyOf({ ...base, samples: unanswered }).responseP95Ms > 9_999);
  const cutOff = { ...base, samples: base.samples.slice(0, 1100) };
  assert.ok(latencyOf(cutOff).responseP95Ms > 9_999);
});

test('a stall of the machine is left out of both arms, in the windows in which it was', () => {
  const pair = madeSamples({ serviceMs: (_, drawnMs, atMs) => stall(drawnMs, atMs) });
  const { base, head, stalls } = latencyFigures(pair);
  assert.ok(stalls.windows >= 2 && stalls.windows <= 4, `${stalls.windows} of ${stalls.of}`);
  near(base.responseP99Ms / (5 * Math.exp(0.4 * 2.3263)), 1, 0.2);
  near(head.responseP99Ms / (5 * Math.exp(0.4 * 2.3263)), 1, 0.2);
});

for (const arm of ['base', 'head'] as const) {
  test(`a stall of ${arm} alone stays in its figures`, () => {
    const pair = madeSamples({ serviceMs: (name, drawnMs, atMs) => (name === arm ? stall(drawnMs, atMs) : drawnMs) });
    const figures = latencyFigures(pair);
    assert.equal(figures.stalls.windows, 0);
    assert.ok(figures[arm].responseP99Ms > 100, `${figures[arm].responseP99Ms}`);
  });
}

/** Mean and standard deviation of the log p95 ratio over 60 pairs. */
function logP95(made: MadeSamples) {
  const logs = Array.from({ length: 60 }, (_, seed) => {
    const { base, head } = latencyFigures(madeSamples({ ...made, seed: seed + 1 }));
    return logRatio(base.responseP95Ms, head.responseP95Ms);
  });
  return { mean: mean(logs), error: standardDeviation(logs) / Math.sqrt(60) };
}

/** Ten bursts in which both arms are two to four times slower: some are left out, some are not. */
const bursts = (drawnMs: number, atMs: number) => drawnMs * (atMs % 1800 < 500 ? 2 + ((atMs / 1800) % 1) * 7 : 1);

test('leaving stalls out does not make equal builds unequal', () => {
  const { mean: effect, error } = logP95({ serviceMs: (_, drawnMs, atMs) => bursts(drawnMs, atMs) });
  assert.ok(Math.abs(effect) < 3.3 * error, `${effect} ± ${error}`);
});

test('leaving stalls out does not take from a head that is 20 % slower throughout', () => {
  const slower: MadeSamples = {
    serviceMs: (arm, drawnMs, atMs) => stall(drawnMs * (arm === 'head' ? 1.2 : 1), atMs),
  };
  const { mean: effect, error } = logP95(slower);
  assert.ok(Math.abs(effect - Math.log(1.2)) < 3.3 * error, `${effect} ± ${error}`);
});

test('nor from a head of which 5 % of the requests are 60 ms slower', () => {
  const { base, head, stalls } = latencyFigures(
    madeSamples({
      serviceMs: (arm, drawnMs) => drawnMs + (arm === 'head' && drawnMs > 5 * Math.exp(0.4 * 1.5) ? 60 : 0),
    }),
  );
  assert.equal(stalls.windows, 0);
  assert.ok(head.responseP95Ms > base.responseP95Ms + 40, `${head.responseP95Ms}`);
});
