import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Arrival, Plan } from '../../loadtests/workload/plan.ts';
import { confirms, needsConfirmation, plansByTurns, slicesOf } from './confirm.ts';
import { type Decision, decide } from './decide.ts';
import { CONFIRM } from './defaults.ts';
import type { ArmName, TurnSamples } from './stalls.ts';
import { madePair, normals } from './testdata/pairs.ts';

const WARM_UP_MS = 7500;
const rule = { tolerance: 0.1, pairCap: 16 };

const plan: Plan = {
  schema: 'amsperf/plan/v1',
  seed: 1,
  warmUpMs: WARM_UP_MS,
  durationMs: WARM_UP_MS + CONFIRM.slices * CONFIRM.sliceMs,
  ratePerSecond: 70,
  workloadHash: 'x',
  identities: [],
  arrivals: Array.from({ length: 27 * 70 }, (_, i): Arrival => {
    return { step: 'read', method: 'GET', path: `/${i}`, identity: 0, atMs: (i * 1000) / 70 };
  }).filter(({ atMs }) => atMs < WARM_UP_MS + CONFIRM.slices * CONFIRM.sliceMs),
};

test('each arm carries out every arrival once, in its order, and only one arm has load at a time', () => {
  const { base, head } = plansByTurns(plan);
  for (const arm of [base, head]) {
    assert.deepEqual(
      arm.arrivals.map((arrival) => arrival.path),
      plan.arrivals.map((arrival) => arrival.path),
    );
    assert.ok(arm.arrivals.every(({ atMs }, i) => i === 0 || atMs >= arm.arrivals[i - 1]!.atMs));
    assert.ok(arm.arrivals.at(-1)!.atMs < arm.durationMs);
  }
  const busy = (arm: Plan) =>
    new Set(
      arm.arrivals.filter(({ atMs }) => atMs >= WARM_UP_MS).map(({ atMs }) => Math.floor((atMs - WARM_UP_MS) / 250)),
    );
  const [onBase, onHead] = [busy(base), busy(head)];
  assert.equal([...onBase].filter((window) => onHead.has(window)).length, 0);
  const first = (arm: Plan) => arm.arrivals.find(({ atMs }) => atMs >= WARM_UP_MS)!.atMs;
  assert.ok(first(base) < first(head));
});

/** What both arms measured by turns when the head takes `factor` times as long and the machine drifts by 3 % a second. */
function measured(factor: number, seed = 3): Record<ArmName, TurnSamples> {
  const next = normals(seed);
  const plans = plansByTurns(plan);
  const arm = (name: ArmName): TurnSamples => {
    const samples = plans[name].arrivals.flatMap(({ atMs, step }, index) => {
      if (atMs < WARM_UP_MS) return [];
      const drift = Math.exp((0.03 * atMs) / 1000);
      const serviceMs = 5 * drift * Math.exp(0.4 * next()) * (name === 'head' ? factor : 1);
      return [{ index, step, plannedMs: atMs, startMs: atMs, serviceMs, status: 200 }];
    });
    return { startedAtMs: 0, timeoutMs: 10_000, planned: samples.length, samples };
  };
  return { base: arm('base'), head: arm('head') };
}

/** The decision on eight pairs with these log ratios. */
const decisionOf = (log: Parameters<typeof madePair>[1]): Decision =>
  decide(
    Array.from({ length: 8 }, (_, i) => {
      const extra = (i % 2) * 0.01;
      return madePair(i, { p95: log.p95 + extra, cpu: log.cpu, typical: log.typical ?? 0 });
    }),
    rule,
  );

test('slices give the factor back although the machine drifts', () => {
  const slices = slicesOf(measured(1.2), plan);
  assert.equal(slices.length, CONFIRM.slices);
  const { metrics } = confirms(decisionOf({ p95: 0.2, cpu: 0 }).effects, slices);
  assert.ok(Math.abs(metrics[0]!.byTurns - 0.2) < 0.06, `${metrics[0]!.byTurns}`);
});

test('a head that is 20 % slower also by turns is confirmed, one that is slower only beside base is not', () => {
  const { effects } = decisionOf({ p95: Math.log(1.2), typical: Math.log(1.2), cpu: 0 });
  let [real, coupled] = [0, 0];
  for (let seed = 1; seed <= 20; seed++) {
    if (confirms(effects, slicesOf(measured(1.2, seed), plan)).confirmed) real++;
    if (confirms(effects, slicesOf(measured(1, seed), plan)).confirmed) coupled++;
  }
  assert.equal(real, 20);
  assert.ok(coupled <= 4, `${coupled} of 20`);
});

test('turns that scatter by 55 % refute a fourfold time that is not there, and leave standing what they cannot tell', () => {
  const { effects } = decisionOf({ p95: Math.log(1.2), typical: Math.log(1.2), cpu: 0 });
  const next = normals(9);
  const noisy = (log: number) =>
    Array.from({ length: 10 }, () => ({
      'response-p95': log + 0.55 * next(),
      'response-typical': log + 0.55 * next(),
    }));
  const kept = Array.from({ length: 200 }, () => confirms(effects, noisy(Math.log(1.2))).confirmed).filter(Boolean);
  assert.ok(kept.length >= 180, `${kept.length} of 200`);
  const doubled = effects.map((effect) => ({ ...effect, estimate: 3 }));
  const faked = Array.from({ length: 200 }, () => confirms(doubled, noisy(0)).confirmed).filter(Boolean);
  assert.ok(faked.length <= 60, `${faked.length} of 200`);
});

test('only a regression by response times alone needs it', () => {
  assert.equal(needsConfirmation(decisionOf({ p95: 0.3, cpu: 0 })), true);
  assert.equal(needsConfirmation(decisionOf({ p95: 0.3, cpu: 0.1 })), false);
  assert.equal(needsConfirmation(decisionOf({ p95: 0, cpu: 0.1 })), false);
  assert.equal(needsConfirmation(decisionOf({ p95: 0, cpu: 0 })), false);
  const failing = Array.from({ length: 4 }, (_, i) => {
    const pair = madePair(i, { p95: 1, cpu: 0 });
    return { ...pair, head: { ...pair.head, errors: 500 } };
  });
  assert.equal(needsConfirmation(decide(failing, rule)), false);
});
