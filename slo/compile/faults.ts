// A fault in steps of time: how many events each step had and how many were bad; which tiers must fire. Pure.
import type { Objective } from '../objectives/read.ts';
import type { BurnTier } from '../objectives/schema.ts';
import { budgetOf } from './check.ts';
import { sureShare } from './guard.ts';
import { monthShare } from './month.ts';

/** Events of each step (of slices: one), and the bad ones among them. */
export type Timeline = { all: number; bad: number }[];

/** So many that the guard against few requests hardly shows. */
const EVENTS_PER_STEP = 60_000;
/** promtool counts time from 1970-01-01: its first month has 31 days. */
export const JANUARY_DAYS = 31;
const MINUTES = { m: 1, h: 60, d: 1440 } as const;

/** '6h' to 360. */
export function minutesOf(window: string): number {
  return Number.parseInt(window, 10) * MINUTES[window.at(-1) as keyof typeof MINUTES];
}

/** Error ratio at which a tier fires in a month of that many days. */
export const thresholdIn = (objective: Objective, tier: BurnTier, monthDays = JANUARY_DAYS) =>
  tier.factor * budgetOf(objective) * monthShare(tier, monthDays);

/** Phases of a steady share of bad events. A slice is good or bad: there the share is spread evenly over the slices. */
export function timelineOf(objective: Objective, phases: [steps: number, share: number][]): Timeline {
  const slices = objective.source.kind === 'slices';
  return phases.flatMap(([steps, share]) =>
    Array.from({ length: Math.round(steps) }, (_, index) =>
      slices
        ? { all: 1, bad: Math.floor((index + 1) * share) - Math.floor(index * share) }
        : { all: EVENTS_PER_STEP, bad: Math.round(share * EVENTS_PER_STEP) },
    ),
  );
}

/**
 * How many times over its threshold the weaker of a tier's two windows is at a step: above 1 it must fire.
 * An own sum over the timeline, so that the rules are judged by something other than themselves.
 * @param spare steps more (or fewer) than the window has: what a sample on its edge would change
 */
export function overThreshold(
  objective: Objective,
  tier: BurnTier,
  timeline: Timeline,
  step: number,
  stepMinutes: number,
  { spare = 0, monthDays = JANUARY_DAYS } = {},
): number {
  const seen = (window: string) => {
    const steps = Math.max(1, Math.round(minutesOf(window) / stepMinutes) + spare);
    const inside = timeline.slice(Math.max(0, step - steps + 1), step + 1);
    return inside.reduce((sum, { all, bad }) => ({ all: sum.all + all, bad: sum.bad + bad }), { all: 0, bad: 0 });
  };
  const [long, short] = [seen(tier.long), seen(tier.short)];
  if (long.all === 0 || short.all === 0) return 0;
  const sure = objective.source.kind === 'slices' ? long.bad / long.all : sureShare(long.bad, long.all);
  return Math.min(sure, short.bad / short.all) / thresholdIn(objective, tier, monthDays);
}

/**
 * Whether a tier fires at a step; undefined when a sample on an edge, or rounding, could tip it.
 * @param margin how near to its threshold is too near to say; @param spares which samples on an edge may count or not
 */
export function firing(
  objective: Objective,
  tier: BurnTier,
  timeline: Timeline,
  step: number,
  stepMinutes: number,
  { margin = 0.07, monthDays = JANUARY_DAYS, spares = [-1, 0, 1] } = {},
): boolean | undefined {
  const over = spares.map((spare) => overThreshold(objective, tier, timeline, step, stepMinutes, { spare, monthDays }));
  if (over.some((times) => Math.abs(times - 1) < margin)) return undefined;
  const [one, ...others] = over.map((times) => times > 1);
  return others.every((other) => other === one) ? one : undefined;
}
