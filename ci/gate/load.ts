// The load of every turn of a gate: which plans are drawn, how the lag is probed, by which engine. One place for gate and recorder.
import type { Progress } from '../../cli/progress.ts';
import type { Limits } from '../../loadtests/workload/limits.ts';
import type { Plan } from '../../loadtests/workload/plan.ts';
import type { Draw, ModelBase, Workload } from '../../loadtests/workload/workload.ts';
import { CONFIRM, PAIR } from './defaults.ts';
import type { TurnOptions } from './turn.ts';

/** What every turn of a gate has in common. */
export interface Load {
  draw: Draw;
  /** A plan of its own for every attempt: what the last one has created exists already. */
  planOf(attempt: number): Plan;
  /** The plan of an attempt that takes turns: its measured part is as long as the slices of one arm. */
  turnsPlanOf(attempt: number): Plan;
  /** Lag probes of an attempt; undefined for a workload without probes. */
  lagOf(attempt: number): TurnOptions['lag'];
  /** Path of the k6 program. */
  k6: string;
  limits: Limits;
  /** For plans, samples and the logs of the arms' processes. */
  dir: string;
  progress: Progress;
  signal: AbortSignal;
}

export interface LoadOptions extends Pick<Load, 'k6' | 'dir' | 'progress' | 'signal'> {
  workload: Workload;
  model: ModelBase;
  seed: number;
  /** A test may be shorter. */
  times?: Times | undefined;
}

/** Room for the probes of one attempt, so that no two write the same thing. */
const PROBES_PER_ATTEMPT = 1000;

/** Times of a pair and of the turns that may confirm it. */
export interface Times {
  warmUpMs: number;
  measuredMs: number;
  /** Slices of each arm. */
  slices: number;
}

const TIMES: Times = { ...PAIR, slices: CONFIRM.slices };

/** The load of pairs: PAIR's rates and times unless others are given, or another draw. */
export function pairLoad(
  { workload, model, seed, times = TIMES, ...common }: LoadOptions,
  draw: Omit<Draw, 'seed'> = pairDraw(model, times),
): Load {
  const drawn = (attempt: number, measuredMs: number) =>
    workload.drawPlan(model, { ...draw, durationMs: draw.warmUpMs + measuredMs, seed: seed + attempt });
  const probe = (n: number) => workload.probe(model, n);
  return {
    ...common,
    draw: { ...draw, seed },
    limits: workload.limits,
    planOf: (attempt) => drawn(attempt, draw.durationMs - draw.warmUpMs),
    turnsPlanOf: (attempt) => drawn(attempt, times.slices * CONFIRM.sliceMs),
    lagOf: (attempt) =>
      typeof workload.probe === 'function' ? { probe, firstN: (seed + attempt) * PROBES_PER_ATTEMPT } : undefined,
  };
}

function pairDraw({ averageRatePerSecond }: ModelBase, { warmUpMs, measuredMs }: Times): Omit<Draw, 'seed'> {
  return {
    ratePerSecond: averageRatePerSecond * PAIR.rateShare,
    durationMs: warmUpMs + measuredMs,
    warmUpMs,
    warmUpRatePerSecond: averageRatePerSecond * PAIR.warmUpRateShare,
  };
}

/** "70 requests/s for 25.5 s". */
export const loadOf = (draw: Draw) => `${draw.ratePerSecond} requests/s for ${draw.durationMs / 1000} s`;
