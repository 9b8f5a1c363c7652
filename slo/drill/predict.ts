// When a page must come: policy, share of bad events, phases of scraping and evaluating, wait of the route in; seconds out. Pure, and
// an own sum over the events, so that rules, Prometheus and Alertmanager are judged by something other than themselves.
import { thresholdIn } from '../compile/faults.ts';
import { sureShare } from '../compile/guard.ts';
import type { Objective } from '../objectives/read.ts';
import type { BurnTier } from '../objectives/schema.ts';
import { durationMs } from './scale.ts';

/** Instants that come again and again: any one of them, and the time between two, in seconds. */
export interface Grid {
  atSeconds: number;
  everySeconds: number;
}

/** A fault that stays as it is until it ends. All times in seconds since 1970. */
export interface Steady {
  objective: Objective;
  scale: number;
  monthDays: number;
  startSeconds: number;
  /** From its start until the first bad event is counted: a slow answer is counted when it is sent. */
  delaySeconds: number;
  /** Of the events while it lasts. */
  badShare: number;
  /** Before and while it lasts. */
  eventsPerSecond: number;
  scrape: Grid;
  evaluation: Grid;
}

/** Never found within a day: it cannot fire. */
const MOST_EVALUATIONS = 86_400;

/** The first instant of a grid that is not before `seconds`. */
export const nextOf = ({ atSeconds, everySeconds }: Grid, seconds: number): number =>
  atSeconds + Math.ceil((seconds - atSeconds) / everySeconds - 1e-9) * everySeconds;

const lastOf = ({ atSeconds, everySeconds }: Grid, seconds: number): number =>
  atSeconds + Math.floor((seconds - atSeconds) / everySeconds + 1e-9) * everySeconds;

/** When a tier fires first, or undefined when a fault of this share never makes it fire. */
export function firesAt(fault: Steady, tier: BurnTier): number | undefined {
  const threshold = thresholdIn(fault.objective, tier, fault.monthDays);
  for (let n = 0; n < MOST_EVALUATIONS; n++) {
    const seconds = nextOf(fault.evaluation, fault.startSeconds) + n * fault.evaluation.everySeconds;
    if (isOver(fault, tier, threshold, seconds)) return seconds;
  }
  return undefined;
}

/** When a tier that fires ends after the fault has ended: its short window has become good enough. */
export function endsAt(fault: Steady, tier: BurnTier, endSeconds: number): number {
  const threshold = thresholdIn(fault.objective, tier, fault.monthDays);
  let seconds = nextOf(fault.evaluation, endSeconds);
  while (isOver(fault, tier, threshold, seconds, endSeconds)) seconds += fault.evaluation.everySeconds;
  return seconds;
}

function isOver(fault: Steady, tier: BurnTier, threshold: number, seconds: number, endSeconds = Infinity): boolean {
  const [long, short] = [tier.long, tier.short].map((window) => seen(fault, window, seconds, endSeconds));
  const isSlices = fault.objective.source.kind === 'slices';
  const sure = isSlices ? long!.bad / long!.all : sureShare(long!.bad, long!.all);
  return sure > threshold && short!.bad / short!.all > threshold;
}

/** Events (or slices) of a window that ends at an evaluation, and the bad ones: what the last scrape before it has shown. */
function seen(fault: Steady, window: string, seconds: number, endSeconds: number): { all: number; bad: number } {
  const { objective, scale, scrape, evaluation, startSeconds, delaySeconds, badShare, eventsPerSecond } = fault;
  const windowSeconds = durationMs(window) / scale / 1000;
  const knownUntil = lastOf(scrape, seconds);
  const badFrom = startSeconds + delaySeconds;
  if (objective.source.kind === 'slices') {
    // A slice is what an evaluation finds: bad from the first one after a scrape of the fault to the last before one of its end.
    const first = nextOf(evaluation, nextOf(scrape, badFrom));
    const afterLast = endSeconds === Infinity ? Infinity : nextOf(evaluation, nextOf(scrape, endSeconds));
    const from = Math.max(first, nextOf(evaluation, seconds - windowSeconds + 1e-6));
    const until = Math.min(seconds, afterLast - evaluation.everySeconds);
    const slices = Math.floor((until - from) / evaluation.everySeconds + 1e-9) + 1;
    return { all: windowSeconds / evaluation.everySeconds, bad: Math.max(0, slices) };
  }
  const from = Math.max(badFrom, seconds - windowSeconds);
  const until = Math.min(knownUntil, endSeconds + delaySeconds);
  return {
    all: windowSeconds * eventsPerSecond,
    bad: Math.max(0, until - from) * eventsPerSecond * badShare,
  };
}
