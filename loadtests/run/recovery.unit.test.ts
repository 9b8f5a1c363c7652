import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Plan } from '../workload/plan.ts';
import { seeded } from '../workload/random.ts';
import { fold } from './fold.ts';
import { recoveryOf, steadyLimit } from './recovery.ts';
import { sampleOf } from './samples.ts';

const SPIKE_FROM = 30_000;
const SPIKE_TO = 40_000;

/**
 * One server of exactly 5 ms a request, first come first served: 100/s, then 400/s from 30 to 40 s, then 100/s again.
 * The spike leaves 10 s x (400 - 200) = 2,000 requests behind, which it clears at 200 - 100 = 100/s: 20 s after its end
 * the queue is empty, and answers take 5 ms again.
 */
async function queueAfterSpike() {
  const arrivals: Plan['arrivals'] = [];
  for (let atMs = 0; atMs < 90_000; atMs += atMs >= SPIKE_FROM && atMs < SPIKE_TO ? 2.5 : 10) {
    arrivals.push({ atMs, step: 'read', method: 'GET', path: '/', identity: 0 });
  }
  const drawn = { seed: 1, warmUpMs: 0, durationMs: 90_000, ratePerSecond: 100, workloadHash: '' };
  const plan: Plan = { schema: 'amsperf/plan/v1', ...drawn, identities: [], arrivals };
  let freeAt = 0;
  const samples = arrivals.map(({ atMs }, index) => {
    freeAt = Math.max(freeAt, atMs) + 5;
    return sampleOf(plan, { index, pickedMs: atMs, startMs: atMs, serviceMs: freeAt - atMs, status: 200 })!;
  });
  return fold(plan, samples);
}

test('a queue that a spike left is cleared when arithmetic says, to one window', async () => {
  const { windows } = await queueAfterSpike();
  const levels = windows.list.map(({ startMs, response }) => ({ startMs, ms: response.quantile(0.95) }));
  const limitMs = steadyLimit(levels.filter(({ startMs }) => startMs < SPIKE_FROM))!;
  assert.ok(limitMs >= 5 && limitMs < 6, `${limitMs}`);
  const { afterMs } = recoveryOf(
    levels.filter(({ startMs }) => startMs >= SPIKE_TO),
    SPIKE_TO,
    limitMs,
  );
  assert.ok(Math.abs(afterMs! - 20_000) <= windows.widthMs, `${afterMs}`);
  // Answers are within 1 s again when 200 requests are left: (2,000 - 200) / 100 per second.
  const within1s = recoveryOf(
    levels.filter(({ startMs }) => startMs >= SPIKE_TO),
    SPIKE_TO,
    1000,
  );
  assert.ok(Math.abs(within1s.afterMs! - 18_000) <= 2 * windows.widthMs, `${within1s.afterMs}`);
});

const levelsOf = (values: (number | undefined)[]) => values.map((ms, i) => ({ startMs: 10_000 + i * 1000, ms }));

test('a system that was never slow has recovered at once, one that exceeds again has not', () => {
  assert.equal(recoveryOf(levelsOf([5, 5, 5]), 10_000, 6).afterMs, 0);
  assert.equal(recoveryOf(levelsOf([9, 5, 9, 5, 5]), 10_000, 6).afterMs, 3000);
  assert.equal(recoveryOf(levelsOf([9, 5, 5, 9]), 10_000, 6).afterMs, undefined);
  assert.equal(recoveryOf(levelsOf([9, undefined, 5]), 10_000, 6).afterMs, 2000);
  assert.equal(recoveryOf(levelsOf([Number.POSITIVE_INFINITY]), 10_000, 6).afterMs, undefined);
});

test('of steady noise fewer than one run in a hundred of sixty windows is not in its own band', () => {
  let wrong = 0;
  for (let trial = 0; trial < 1000; trial++) {
    const random = seeded(`steady/${trial}`);
    const noise = () => 100 + 10 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const limit = steadyLimit(levelsOf(Array.from({ length: 120 }, noise)))!;
    if (recoveryOf(levelsOf(Array.from({ length: 60 }, noise)), 10_000, limit).afterMs !== 0) wrong++;
  }
  assert.ok(wrong < 10, `${wrong} of 1000`);
});

test('too few windows, or ones without answers, have no band', () => {
  assert.equal(steadyLimit(levelsOf([5, 5, 5, 5])), undefined);
  assert.equal(steadyLimit(levelsOf(Array(9).fill(Number.POSITIVE_INFINITY))), undefined);
});
