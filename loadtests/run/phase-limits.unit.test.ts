import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Phase, type Plan, phasesOf } from '../workload/plan.ts';
import { courseOf } from './course.ts';
import { type Folded, fold } from './fold.ts';
import { judgeLimits, type PhaseLimit, phaseLimit } from './phase-limits.ts';
import { sampleOf } from './samples.ts';
import { MEMORY_PANEL, type ServerSide } from './server/watch.ts';

const SECOND = 1000;

function phase(name: string, kind: Phase['kind'], fromS: number, toS: number): Phase {
  const rates = [fromS, toS].map((at) => ({ atMs: at * SECOND, ratePerSecond: 100 }));
  return { name, kind, fromMs: fromS * SECOND, toMs: toS * SECOND, rates };
}

/** 100/s, evenly: 10 s of warm-up, 60 s of hold, 20 s of a spike, 60 s to recover. */
const PHASES = [
  phase('warm-up', 'warm-up', 0, 10),
  phase('before', 'hold', 10, 70),
  phase('spike', 'ramp', 70, 90),
  phase('after', 'recover', 90, 150),
];
const plan: Plan = {
  ...{ schema: 'amsperf/plan/v1', seed: 1, warmUpMs: 10_000, durationMs: 150_000, ratePerSecond: 100 },
  ...{ workloadHash: '', identities: [], phases: PHASES },
  arrivals: Array.from({ length: 15_000 }, (_, i) => ({
    ...{ atMs: i * 10, step: i % 2 ? 'a' : 'b', method: 'GET' as const, path: '/', identity: 0 },
  })),
};

/** @param answer ms and status of the request planned at a second */
async function runOf(answer: (atS: number, index: number) => { ms: number; status?: number }): Promise<Folded> {
  const samples = plan.arrivals.map(({ atMs }, index) => {
    const { ms, status = 200 } = answer(atMs / SECOND, index);
    return sampleOf(plan, { index, pickedMs: atMs, startMs: atMs, serviceMs: ms, status })!;
  });
  return fold(plan, samples);
}

const NO_SERVER: ServerSide = { atMs: [], panels: [], failed: 0 };
const judged = async (folded: Folded, limit: PhaseLimit, server = NO_SERVER) =>
  judgeLimits([phaseLimit.parse(limit)], folded, courseOf(folded, server), 10)[0]!;
const near = (value: unknown, expected: number, within: number) =>
  assert.ok(typeof value === 'number' && Math.abs(value - expected) <= within, `${value}, expected ${expected}`);

test('every phase is counted apart, and the warm-up in none', async () => {
  const folded = await runOf((s) => ({ ms: s < 10 ? 900 : s < 70 ? 10 : s < 90 ? 100 : 20 }));
  assert.deepEqual(
    folded.phases.map(({ phase: { name }, total, steps }) => [name, total.planned, steps.a!.planned]),
    [
      ['before', 6000, 3000],
      ['spike', 2000, 1000],
      ['after', 6000, 3000],
    ],
  );
  for (const [index, ms] of [10, 100, 20].entries()) {
    near(folded.phases[index]!.total.response.quantile(0.99), ms, ms * 0.001);
  }
  assert.equal(folded.total.planned, 14_000);
  assert.equal(phasesOf(plan).length, 4);
});

test('blocks of a phase together are the phase, bit for bit', async () => {
  const folded = await runOf((_, i) => ({ ms: 1 + (i % 97) }));
  for (const { total, steps, blocks } of folded.phases) {
    for (const [name, { response }] of Object.entries({ total, ...steps })) {
      const [first, ...rest] = blocks[name]!;
      assert.equal(JSON.stringify(rest.reduce((sum, block) => sum.merge(block), first!)), JSON.stringify(response));
    }
  }
});

test('ten slow seconds pass over the whole phase and are found by a limit over any 10 s', async () => {
  // 40 to 50 s: every tenth request takes 500 ms. Of 6,000 requests 100 are slow: 1.7 %; of those ten seconds 10 %.
  const folded = await runOf((s, i) => ({ ms: s >= 40 && s < 50 && i % 10 === 0 ? 500 : 10 }));
  const whole = await judged(folded, { of: 'response', phase: 'before', quantile: 0.95, atMostMs: 300 });
  assert.deepEqual([whole.met, whole.what], [true, 'response p95']);
  const any = await judged(folded, {
    ...{ of: 'response', phase: 'before', quantile: 0.95, atMostMs: 300, overSeconds: 10 },
  });
  assert.equal(any.met, false);
  near(any.value, 500, 0.5);
  // More than 5 % are slow in every stretch that holds more than five of those seconds: the first begins at 36 s.
  assert.equal(any.atMs, 36_000);
});

test('errors are judged over the phase and over its worst stretch', async () => {
  const folded = await runOf((s, i) => ({ ms: 10, status: s >= 30 && s < 35 && i % 5 === 0 ? 503 : 200 }));
  near((await judged(folded, { of: 'errors', phase: 'before', atMostShare: 0.05 })).value, 100 / 6000, 1e-9);
  const worst = await judged(folded, { of: 'errors', phase: 'before', atMostShare: 0.05, overSeconds: 5 });
  assert.deepEqual([worst.met, worst.value, worst.atMs], [false, 0.2, 30_000]);
});

test('a recovery is timed from the start of its phase, against the steady hold before or a given limit', async () => {
  // Answers take 1 s less 50 ms for each second of the recover phase, until they are at 10 ms again after 19.8 s.
  const folded = await runOf((s) => ({ ms: s < 70 ? 10 : s < 90 ? 1000 : Math.max(10, 1000 - 50 * (s - 90)) }));
  const steady = await judged(folded, { of: 'recovery', phase: 'after', quantile: 0.95, withinSeconds: 30 });
  near(steady.value, 20, 1);
  const given = await judged(folded, {
    ...{ of: 'recovery', phase: 'after', quantile: 0.95, withinSeconds: 5, atMostMs: 500 },
  });
  near(given.value, 10, 1);
  assert.equal(given.met, false);
  const never = await runOf((s) => ({ ms: s < 70 ? 10 : 1000 }));
  const { value, met } = await judged(never, { of: 'recovery', phase: 'after', quantile: 0.95, withinSeconds: 60 });
  assert.deepEqual([value, met], ['never', false]);
});

test('memory and p95 that grow miss their limits, those that only scatter do not', async () => {
  // The p95 goes from 100 to 110 ms in the 60 s of the hold, memory from 200 to 202 MiB: 571 %/h and 60 %/h.
  const folded = await runOf((s) => ({ ms: 100 + (Math.max(0, s - 10) / 60) * 10 }));
  const atMs = Array.from({ length: 75 }, (_, i) => i * 2000);
  const values = atMs.map((at) => 200 + (Math.max(0, at - 10_000) / 60_000) * 2);
  const flat = atMs.map((_, i) => 200 + (i % 7));
  const lines = [
    { name: 'api', values },
    { name: 'worker', values: flat },
  ];
  const fine = Array.from({ length: 150 }, (_, i) => i * 1000);
  const server: ServerSide = {
    atMs: fine,
    panels: [
      {
        title: MEMORY_PANEL,
        unit: 'MiB',
        lines: lines.map((line) => ({ ...line, values: fine.map((at) => line.values[Math.floor(at / 2000)]!) })),
      },
    ],
    failed: 0,
  };
  const p95 = await judged(folded, { of: 'p95-slope', phase: 'before', atMostPercentPerHour: 100 }, server);
  near(p95.value, 571, 30);
  assert.equal(p95.met, false);
  const memory = (process: string) =>
    judged(folded, { of: 'memory-slope', phase: 'before', process, atMostPercentPerHour: 20 }, server);
  near((await memory('api')).value, 60, 3);
  assert.equal((await memory('api')).met, false);
  assert.equal((await memory('worker')).met, true);
  assert.match((await memory('other')).why!, /too few readings of memory of other/);
});

test('what cannot be judged is not met and says why', async () => {
  const folded = await runOf(() => ({ ms: 10 }));
  const few = await judged(folded, {
    ...{ of: 'response', phase: 'before', quantile: 0.999, atMostMs: 300, overSeconds: 10 },
  });
  assert.deepEqual([few.value, few.met], [null, false]);
  assert.match(few.why!, /too few requests/);
  const absent = await judged(folded, { of: 'service', phase: 'none', quantile: 0.5, atMostMs: 1 });
  assert.match(absent.why!, /never came to this phase/);
});
