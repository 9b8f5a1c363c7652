import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutPlan, type Plan, phasesOf, type Sent } from '../workload/plan.ts';
import type { Target } from './objectives.ts';
import { type Stop, type Watch, watchObjectives, watchRate } from './watch.ts';

const RATE = 100;

/** Even arrivals at 100/s: a warm-up of 2 s and two holds of 14 s. */
function planOf(): Plan {
  const arrivals = Array.from({ length: 30 * RATE }, (_, n) => {
    return { atMs: n * 10, step: 'read', method: 'GET', path: '/', identity: 0 } as const;
  });
  const phase = (name: string, kind: 'warm-up' | 'hold', from: number, to: number) => ({
    name,
    kind,
    fromMs: from * 1000,
    toMs: to * 1000,
    rates: [from, to].map((at) => ({ atMs: at * 1000, ratePerSecond: RATE })),
  });
  const phases = [phase('warm-up', 'warm-up', 0, 2), phase('low', 'hold', 2, 16), phase('high', 'hold', 16, 30)];
  const identities = [{ tenant: 't', role: 'r', subject: 's' }];
  const figures = { seed: 1, warmUpMs: 2000, durationMs: 30_000, ratePerSecond: RATE, workloadHash: '' };
  return { schema: 'amsperf/plan/v1', ...figures, phases, identities, arrivals };
}
const plan = planOf();

/** Carries the plan out in simulated time: a look every 100 ms, records told in the order in which they end. */
function carryOut(
  watch: Watch,
  sentOf: (index: number, atMs: number) => Sent | undefined,
  cpuShare = 0.1,
): Stop | undefined {
  const records = plan.arrivals
    .map(({ atMs }, index) => sentOf(index, atMs))
    .filter((sent) => sent !== undefined)
    .map((sent) => ({ sent, endMs: sent.startMs + sent.serviceMs }))
    .sort((a, b) => a.endMs - b.endMs);
  let next = 0;
  for (let nowMs = 0; nowMs < 45_000; nowMs += 100) {
    while (next < records.length && records[next]!.endMs <= nowMs) watch.add(records[next++]!.sent);
    const stop = watch.look(nowMs, cpuShare);
    if (stop) return stop;
    if (next === records.length && nowMs > 30_000) return undefined;
  }
  return undefined;
}

const inTime = (index: number, atMs: number): Sent => ({
  index,
  pickedMs: atMs - 50,
  startMs: atMs,
  serviceMs: 20,
  status: 200,
});
const rate = () => watchRate(plan, { connections: 50, generatorCpuLimit: 0.8 });

/** Start times when only so many a second can start from some time on: the n-th in the queue waits for n slots. */
const throttled = (fromMs: number, perSecond: number) => (atMs: number) =>
  atMs < fromMs ? atMs : fromMs + ((atMs - fromMs) * RATE) / perSecond;

test('a run that is carried out as planned is not stopped, nor is one whose answers take seconds', () => {
  assert.equal(carryOut(rate(), inTime), undefined);
  const patient = watchRate(plan, { connections: 900, generatorCpuLimit: 0.8 });
  assert.equal(
    carryOut(patient, (index, atMs) => ({ ...inTime(index, atMs), serviceMs: 8000 })),
    undefined,
  );
});

test('a stall of two seconds that is made up for is not the end of a run', () => {
  // From 10 s to 12 s nothing starts; then 300 a second until the queue is gone, at 13 s.
  const start = (atMs: number) =>
    atMs < 10_000 || atMs > 13_000 ? atMs : Math.max(atMs, 12_000 + (atMs - 10_000) / 3);
  assert.equal(
    carryOut(rate(), (index, atMs) => ({ ...inTime(index, atMs), pickedMs: start(atMs), startMs: start(atMs) })),
    undefined,
  );
});

test('a target that takes only half of the rate ends the run five seconds after requests begin to be late', () => {
  const start = throttled(10_000, 50);
  const stop = carryOut(rate(), (index, atMs) => ({
    ...inTime(index, atMs),
    pickedMs: start(atMs),
    startMs: start(atMs),
  }))!;
  assert.deepEqual([stop.code, stop.because], ['rate.not-reached', 'target']);
  // Late by 500 ms is who was planned at 10.5 s and starts at 11 s; five seconds later the run ends.
  assert.ok(stop.atMs > 15_300 && stop.atMs < 15_800, `${stop.atMs}`);
  assert.match(stop.message, /from 11\.0 s on .* all 50 connections busy; stopped at 16\.\d s/);
});

test('a target that answers nothing any more ends the run although not one record comes', () => {
  const stop = carryOut(rate(), (index, atMs) => (atMs < 10_000 ? inTime(index, atMs) : undefined))!;
  assert.deepEqual([stop.code, stop.because], ['rate.not-reached', 'target']);
  assert.ok(stop.atMs > 14_000 && stop.atMs < 15_000, `${stop.atMs}`);
});

test('a generator that starts late with free connections, or has no CPU left, is named as the reason', () => {
  const start = throttled(10_000, 50);
  const late = carryOut(rate(), (index, atMs) => ({ ...inTime(index, atMs), startMs: start(atMs) }));
  assert.equal(late?.because, 'generator');
  const starved = (index: number, atMs: number) => ({
    ...inTime(index, atMs),
    pickedMs: start(atMs),
    startMs: start(atMs),
  });
  assert.equal(carryOut(rate(), starved, 0.9)?.because, 'generator');
});

const latency: Target = {
  name: 'fast',
  displayName: '95 % within 300 ms',
  indicator: 'latency',
  target: 0.95,
  thresholdSeconds: 0.3,
};
const errors: Target = { name: 'errors', indicator: 'errors', target: 0.995 };

test('a hold that cannot meet its objective any more ends the run, at the request that makes it certain', () => {
  // From 20 s on every second request takes 400 ms: 5 % of the 1400 of "high" are 70, so the 71st decides, planned at 21.4 s.
  const slow = (index: number, atMs: number) => ({
    ...inTime(index, atMs),
    serviceMs: atMs >= 20_000 && index % 2 === 0 ? 400 : 20,
  });
  const stop = carryOut(watchObjectives(plan, [latency, errors]), slow)!;
  assert.deepEqual([stop.code, stop.because], ['objective.missed', 'objective']);
  assert.match(stop.message, /"high" cannot meet "95 % within 300 ms" any more: 7\d of its 1400/);
  assert.ok(stop.atMs > 20_900 && stop.atMs < 21_900, `${stop.atMs}`);
});

test('as many bad requests as an objective allows do not end a run, in the warm-up none do', () => {
  const bad = (index: number, atMs: number) => ({
    ...inTime(index, atMs),
    serviceMs: atMs < 2000 || index % 20 === 0 ? 400 : 20,
    status: atMs < 2000 || index % 200 === 0 ? 503 : 200,
  });
  assert.equal(carryOut(watchObjectives(plan, [latency, errors]), bad), undefined);
});

test('errors count, and so do requests that are not answered at all', () => {
  const failing = (index: number, atMs: number) => ({ ...inTime(index, atMs), status: atMs > 5000 ? 500 : 200 });
  assert.match(carryOut(watchObjectives(plan, [errors]), failing)!.message, /"low" cannot meet "errors"/);
  const silent = (index: number, atMs: number) => (atMs < 5000 ? inTime(index, atMs) : undefined);
  const stop = carryOut(watchObjectives(plan, [latency]), silent)!;
  assert.ok(stop.atMs > 5600 && stop.atMs < 6000, `${stop.atMs}`);
});

test('what was carried out of a plan that was stopped is a plan: its arrivals, and its phases up to the end', () => {
  const cut = cutPlan(plan, 20_005);
  assert.equal(cut.arrivals.length, 2001);
  assert.equal(cut.arrivals[2000], plan.arrivals[2000]);
  assert.deepEqual(
    phasesOf(cut).map(({ name, toMs }) => [name, toMs]),
    [
      ['warm-up', 2000],
      ['low', 16_000],
      ['high', 20_005],
    ],
  );
  assert.deepEqual(phasesOf(cut)[2]!.rates, [
    { atMs: 16_000, ratePerSecond: 100 },
    { atMs: 20_005, ratePerSecond: 100 },
  ]);
  assert.deepEqual(
    phasesOf(cutPlan(plan, 16_000)).map(({ name }) => name),
    ['warm-up', 'low'],
  );
  assert.equal(cutPlan(plan, 30_000), plan);
});
