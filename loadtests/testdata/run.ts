// Results of runs for tests: a plan that was never carried out, with answers as the test wants them, folded as a real one is.

import { courseOf } from '../run/course.ts';
import { fold } from '../run/fold.ts';
import { Histogram } from '../run/histogram.ts';
import { judgeLimits, type PhaseLimit } from '../run/phase-limits.ts';
import type { RunResult } from '../run/result.ts';
import { sampleOf } from '../run/samples.ts';
import type { ServerSide } from '../run/server/watch.ts';
import type { Phase, Plan } from '../workload/plan.ts';

const SECOND_MS = 1000;
const STEPS = ['card', 'sheet', 'confirm'];

export interface Answer {
  ms: number;
  status?: number;
}

export interface MadeRun {
  phases: [name: string, kind: Phase['kind'], seconds: number, ratePerSecond: number][];
  /** The answer to the request planned at a second. */
  answer(atSeconds: number, index: number): Answer;
  limits?: PhaseLimit[];
  server?: ServerSide;
}

/** Evenly spaced arrivals of three steps, at the rate of each phase. */
export function madePlan(phases: MadeRun['phases']): Plan {
  const arrivals: Plan['arrivals'] = [];
  const made: Phase[] = [];
  let atMs = 0;
  for (const [name, kind, seconds, ratePerSecond] of phases) {
    const [fromMs, toMs] = [atMs, atMs + seconds * SECOND_MS];
    made.push({ name, kind, fromMs, toMs, rates: [fromMs, toMs].map((at) => ({ atMs: at, ratePerSecond })) });
    for (; atMs < toMs; atMs += SECOND_MS / ratePerSecond) {
      arrivals.push({ atMs, step: STEPS[arrivals.length % 3]!, method: 'GET', path: '/', identity: 0 });
    }
    atMs = toMs;
  }
  const warmUpMs = made[0]!.kind === 'warm-up' ? made[0]!.toMs : 0;
  const ratePerSecond = Math.max(...phases.map(([, , , rate]) => rate));
  const drawn = { seed: 7, warmUpMs, durationMs: atMs, ratePerSecond, workloadHash: 'w' };
  return { schema: 'amsperf/plan/v1', ...drawn, phases: made, identities: [], arrivals };
}

/** A VALID run with one objective that was met. */
export async function madeRun({ phases, answer, limits = [], server }: MadeRun): Promise<RunResult> {
  const plan = madePlan(phases);
  const samples = plan.arrivals.map(({ atMs }, index) => {
    const { ms, status = 200 } = answer(atMs / SECOND_MS, index);
    return sampleOf(plan, { index, pickedMs: atMs, startMs: atMs, serviceMs: ms, status })!;
  });
  const folded = await fold(plan, samples);
  const side: ServerSide = server ?? { atMs: [], panels: [], failed: 0 };
  const course = courseOf(folded, side);
  const lag = new Histogram();
  for (let i = 0; i < 60; i++) lag.add(30);
  const { arrivals, identities: _, schema: __, ...figures } = plan;
  const good = folded.total.planned - folded.total.errors;
  const judged = { name: 'errors', displayName: 'Errors', indicator: 'errors' as const, target: 0.995 };
  return {
    schema: 'amsperf/run/v2',
    scenario: 'smoke',
    startedAt: '2026-01-01T00:00:00.000Z',
    service: 'truth',
    target: 'http://127.0.0.1:1',
    environment: {
      ...{ cpu: 'A processor', cores: 2, memoryBytes: 8 * 2 ** 30, kernel: 'Linux 6 x64', node: '26.0.0', k6: '2.2.0' },
      ...{ parts: { postgres: '18.4' }, commit: 'abc', dirty: false },
    },
    plan: { ...figures, arrivals: arrivals.length },
    validity: { valid: true, reasons: [], notes: [] },
    generator: { cpuMs: 1000, wallMs: plan.durationMs, exitCode: 0, cores: 2 },
    calibration: null,
    stopped: null,
    folded,
    course,
    limits: judgeLimits(limits, folded, course, 10),
    balance: null,
    server: side,
    lag: { lag, failedWrites: 0 },
    availability: { slices: 20, up: 20 },
    objectives: [{ ...judged, value: good / folded.total.planned, good, total: folded.total.planned, met: true }],
    audit: { checked: true, whole: true, acknowledged: 9, published: 9, projected: 9, missing: [] },
    cpuMs: { api: 2000 },
  };
}
