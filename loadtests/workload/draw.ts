// What is drawn of a model: how long, at which rates, from which seed; and the arrival times that follow from it. Pure.
import { type ArrivalKind, evenOf, inverseOf, poissonOf } from './arrivals.ts';
import type { Phase, Plan, RatePoint } from './plan.ts';
import { seeded } from './random.ts';

export interface Draw {
  /** The highest rate behind the warm-up. */
  ratePerSecond: number;
  /** Length of the whole plan in ms, warm-up included. */
  durationMs: number;
  warmUpMs: number;
  /** A livelier warm-up: this rate until SETTLE_MS before its end. Without it the warm-up has the rate of the run. */
  warmUpRatePerSecond?: number;
  seed: number;
  /** How the rate goes; without them a warm-up and a hold at `ratePerSecond`. */
  phases?: DrawnPhase[];
  /** Default poisson. */
  arrivals?: ArrivalKind;
  findsLimit?: true;
  stopWhenMissed?: true;
}

export interface DrawnPhase extends Phase {
  /** The part of the day that it plays: what people do then is what they do in the plan. */
  day?: { fromMinute: number; minutesPerSecond: number };
}

/** After a livelier warm-up, so long at the rate of the run: its queues are gone before anything counts. */
const SETTLE_MS = 1500;

/** Phases of a draw, also of one that names none. */
export function phasesOfDraw(draw: Draw): DrawnPhase[] {
  if (draw.phases) return draw.phases;
  const { ratePerSecond, warmUpMs, durationMs } = draw;
  const flat = (fromMs: number, toMs: number, rate: number): RatePoint[] => [
    { atMs: fromMs, ratePerSecond: rate },
    { atMs: toMs, ratePerSecond: rate },
  ];
  const livelyMs = Math.max(0, warmUpMs - SETTLE_MS);
  const lively = livelyMs > 0 ? flat(0, livelyMs, draw.warmUpRatePerSecond ?? ratePerSecond) : [];
  const hold = { name: 'hold', kind: 'hold', fromMs: warmUpMs, toMs: durationMs } as const;
  const phases = [{ ...hold, rates: flat(warmUpMs, durationMs, ratePerSecond) }];
  if (warmUpMs <= 0) return phases;
  const warmUp = { name: 'warm-up', kind: 'warm-up', fromMs: 0, toMs: warmUpMs } as const;
  return [{ ...warmUp, rates: [...lively, ...flat(livelyMs, warmUpMs, ratePerSecond)] }, ...phases];
}

/** The same draw with everything behind the warm-up stretched or shrunk to so many seconds. */
export function lasting(draw: Draw, seconds: number): Draw {
  const { warmUpMs } = draw;
  const times = (seconds * 1000) / (draw.durationMs - warmUpMs);
  const at = (ms: number) => (ms <= warmUpMs ? ms : warmUpMs + (ms - warmUpMs) * times);
  const phases = phasesOfDraw(draw).map((phase) => ({
    ...phase,
    fromMs: at(phase.fromMs),
    toMs: at(phase.toMs),
    rates: phase.rates.map((point) => ({ ...point, atMs: at(point.atMs) })),
    ...(phase.day &&
      phase.kind !== 'warm-up' && {
        day: { ...phase.day, minutesPerSecond: phase.day.minutesPerSecond / times },
      }),
  }));
  return { ...draw, durationMs: warmUpMs + seconds * 1000, phases };
}

/** Arrival times in ms of a draw, ascending: a function of its phases, its kind of arrivals and its seed alone. */
export function arrivalTimes(draw: Draw): Generator<number> {
  const inverse = inverseOf(phasesOfDraw(draw).flatMap(({ rates }) => rates));
  if (draw.arrivals === 'even') return evenOf(inverse, draw.durationMs);
  return poissonOf(seeded(`${draw.seed}/arrivals`), inverse, draw.durationMs);
}

/** What a plan takes over from its draw: everything but who asks what. */
export function planHead(draw: Draw, workloadHash: string): Omit<Plan, 'identities' | 'arrivals'> {
  const { seed, warmUpMs, durationMs, ratePerSecond, findsLimit } = draw;
  const phases = phasesOfDraw(draw).map(({ day: _, ...phase }) => phase);
  const figures = { seed, warmUpMs, durationMs, ratePerSecond, workloadHash, phases };
  return { schema: 'amsperf/plan/v1', ...figures, ...(findsLimit && { findsLimit }) };
}
