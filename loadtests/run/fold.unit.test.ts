import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acknowledgedIn } from '../probes/audit.ts';
import { DEFAULT_LIMITS } from '../workload/limits.ts';
import type { Plan } from '../workload/plan.ts';
import { fold } from './fold.ts';
import { judgeObjectives } from './objectives.ts';
import { verdictOf } from './result.ts';
import type { Sample } from './samples.ts';
import { type Generator, judge } from './validity.ts';

const COUNT = 1100;

/** 1100 arrivals, 10 ms apart, the first 100 in the warm-up; every fourth is a command. */
function planOf(): Plan {
  const arrivals = Array.from({ length: COUNT }, (_, i) => ({
    atMs: i * 10,
    step: i % 4 === 0 ? 'write' : 'read',
    method: 'GET' as const,
    path: '/',
    identity: 0,
    ...(i % 4 === 0 && { aggregateId: `a${i}` }),
  }));
  const identities = [{ tenant: 't', role: 'r', subject: 's' }];
  const drawn = { seed: 1, warmUpMs: 1000, durationMs: 11_000, ratePerSecond: 100, workloadHash: '' };
  return { schema: 'amsperf/plan/v1', ...drawn, identities, arrivals };
}

function samplesOf(plan: Plan, change: (index: number) => Partial<Sample> = () => ({})): Sample[] {
  return plan.arrivals.map(({ atMs, step }, index) => {
    const sample = {
      index,
      step,
      plannedMs: atMs,
      pickedMs: atMs - 500,
      startMs: atMs + 1,
      serviceMs: 20,
      status: 200,
    };
    const sent = { ...sample, ...change(index) };
    return { ...sent, responseMs: sent.startMs - atMs + sent.serviceMs, warmUp: atMs < plan.warmUpMs };
  });
}

const plan = planOf();
const generator = { cpuMs: 1000, wallMs: 11_000, exitCode: 0, cores: 2 };
const near = (value: number | undefined, expected: number) => Math.abs(value! / expected - 1) < 0.0011;

test('a good run is counted without its warm-up and is VALID', async () => {
  const folded = await fold(plan, samplesOf(plan));
  const { total, steps, missing } = folded;
  assert.deepEqual([total.planned, total.started, total.answered, total.errors, missing], [1000, 1000, 1000, 0, 0]);
  assert.equal(steps.write!.planned + steps.read!.planned, 1000);
  assert.ok(near(total.service.quantile(0.95), 20) && near(total.response.quantile(0.95), 21));
  assert.deepEqual(judge(folded, generator, DEFAULT_LIMITS), { valid: true, reasons: [], notes: [] });
});

test('response time counts from the planned start, service time from sending', async () => {
  const late = (index: number) => (index >= 500 ? { pickedMs: index * 10 + 400, startMs: index * 10 + 401 } : {});
  const { total } = await fold(plan, samplesOf(plan, late));
  assert.ok(near(total.response.quantile(0.99), 421));
  assert.ok(near(total.service.quantile(0.99), 20));
});

test('a wait for a connection is the target’s doing: noted, and the run stays VALID', async () => {
  const folded = await fold(
    plan,
    samplesOf(plan, (i) => (i >= 500 ? { pickedMs: i * 10 + 400, startMs: i * 10 + 401 } : {})),
  );
  const { valid, notes } = judge(folded, generator, DEFAULT_LIMITS);
  assert.equal(valid, true);
  assert.match(notes[0]!, /^600 requests waited for a free connection/);
});

const reasonsOf = async (change: (index: number) => Partial<Sample>, gen: Generator = generator) =>
  judge(await fold(plan, samplesOf(plan, change)), gen, DEFAULT_LIMITS).reasons.map(({ code }) => code);

test('a generator that was late, without the target’s doing, makes the run INVALID', async () => {
  assert.deepEqual(await reasonsOf((i) => (i % 50 === 0 ? { startMs: i * 10 + 60 } : {})), ['generator.late']);
});

test('a generator that failed or had no CPU to spare makes the run INVALID', async () => {
  assert.deepEqual(await reasonsOf(() => ({}), { ...generator, exitCode: 107 }), ['generator.failed']);
  assert.deepEqual(await reasonsOf(() => ({}), { ...generator, cpuMs: 20_000 }), ['generator.cpu']);
});

test('a machine that was busy with something else makes the run INVALID', async () => {
  assert.deepEqual(await reasonsOf(() => ({}), { ...generator, othersCpuShare: 0.5 }), ['machine.busy']);
  assert.deepEqual(await reasonsOf(() => ({}), { ...generator, othersCpuShare: 0.1 }), []);
});

test('requests that were never sent make the run INVALID and count as not answered', async () => {
  const folded = await fold(plan, samplesOf(plan).slice(0, 900));
  assert.equal(folded.missing, 200);
  assert.deepEqual([folded.total.planned, folded.total.started, folded.total.errors], [1000, 800, 200]);
  assert.equal(folded.total.response.quantile(0.9), Number.POSITIVE_INFINITY);
  assert.deepEqual(
    judge(folded, generator, DEFAULT_LIMITS).reasons.map(({ code }) => code),
    ['plan.incomplete'],
  );
});

test('too few requests for a p95 make the run INVALID', async () => {
  const short: Plan = { ...plan, arrivals: plan.arrivals.slice(0, 250) };
  const folded = await fold(short, samplesOf(short));
  assert.deepEqual(
    judge(folded, generator, DEFAULT_LIMITS).reasons.map(({ code }) => code),
    ['samples.few'],
  );
});

test('answers of 400 and above, and none, are errors, and a failing target leaves the run VALID', async () => {
  const folded = await fold(
    plan,
    samplesOf(plan, (i) => ({ status: i % 20 === 0 ? 503 : i % 20 === 1 ? 0 : 200 })),
  );
  assert.equal(folded.total.errors, 100);
  assert.deepEqual(folded.total.statuses, { '0': 50, '200': 900, '503': 50 });
  assert.equal(folded.total.answered, 950);
  assert.equal(judge(folded, generator, DEFAULT_LIMITS).valid, true);
});

const TARGETS = [
  { name: 'latency', indicator: 'latency', target: 0.95, thresholdSeconds: 0.3 },
  { name: 'errors', indicator: 'errors', target: 0.995 },
  { name: 'availability', indicator: 'availability', target: 0.995 },
] as const;

test('objectives are met or missed by the share that was good', async () => {
  const slow = (share: number) => (i: number) => (i % 100 < share * 100 ? { serviceMs: 400 } : {});
  const judged = async (change: (i: number) => Partial<Sample>, up = 60) =>
    judgeObjectives(await fold(plan, samplesOf(plan, change)), [...TARGETS], { slices: 60, up }).map(({ met }) => met);
  assert.deepEqual(await judged(slow(0.05)), [true, true, true]);
  assert.deepEqual(await judged(slow(0.06)), [false, true, true]);
  assert.deepEqual(await judged((i) => (i % 100 === 7 ? { status: 500 } : {})), [true, false, true]);
  // One answer in ten never came: neither in time nor a success.
  assert.deepEqual(await judged((i) => (i % 10 === 7 ? { status: 0 } : {})), [false, false, true]);
  assert.deepEqual(await judged(() => ({}), 59), [true, true, false]);
});

test('an objective that nothing was seen of is left out', async () => {
  const judged = judgeObjectives(await fold(plan, samplesOf(plan)), [...TARGETS]);
  assert.deepEqual(
    judged.map(({ name }) => name),
    ['latency', 'errors'],
  );
});

test('INVALID comes before a lost write, a lost write before a missed objective', () => {
  const valid = { valid: true, reasons: [], notes: [] };
  const whole = { checked: true as const, whole: true, acknowledged: 1, published: 1, projected: 1, missing: [] };
  const lost = { ...whole, whole: false };
  const judged = { name: 'x', displayName: 'x', indicator: 'errors' as const, target: 1, good: 0, total: 1, value: 0 };
  const missed = { ...judged, met: false };
  const exit = (validity: typeof valid, audit: typeof whole, objectives: (typeof missed)[]) =>
    verdictOf({ validity, audit, objectives, limits: [] }).exitCode;
  assert.equal(exit({ ...valid, valid: false }, lost, [missed]), 4);
  assert.equal(exit(valid, lost, [missed]), 1);
  assert.equal(exit(valid, whole, [missed]), 99);
  assert.equal(exit(valid, whole, []), 0);
});

test('acknowledged are the commands with a success and a version, warm-up included', async () => {
  const samples = samplesOf(plan, (i) => (i % 8 === 0 ? { version: 1 } : {}));
  const acknowledged = await acknowledgedIn(plan, samples);
  assert.equal(acknowledged.length, Math.ceil(COUNT / 8));
  assert.deepEqual(acknowledged[1], { id: 'a8', version: 1 });
});
