// What each window must hold in, the four days before a snapshot out: step by step, how many events and how many of them bad. Pure.
import type { Objective } from '../objectives/read.ts';
import { minutesOf, type Timeline } from './faults.ts';

/** Longer than the longest window of the rules, so that nothing of one snapshot is seen by the next. */
export const SNAPSHOT_DAYS = 4;

/** Events and bad ones among them in the last so many minutes: everything since then, not only the last band. */
export interface Reach {
  minutes: number;
  all: number;
  bad: number;
}

/** promtool reads at most 10,000 samples in one query: older slices are left out. */
const MOST_SLICES = 9000;

/**
 * Minutes of a step. A slice is good or bad, and few of them cannot show a small share, so they are finer than events: as fine as
 * they are, or, where three days must be whole, twice as long.
 */
export function stepOf({ source }: Objective, threeDays = true): number {
  if (source.kind === 'events') return 1;
  return (source.sliceSeconds / 60) * (threeDays ? 2 : 1);
}

/** Steps of a snapshot; the last one is the evaluation itself. */
export const stepsOf = (stepMinutes: number) => (SNAPSHOT_DAYS * minutesOf('1d')) / stepMinutes;

/**
 * The steps that give every reach what it says, the evaluation last. Between two reaches events are spread evenly (a counter may grow
 * by a fraction); slices are bad in one run in the middle, away from the edges where Prometheus 2 and 3 count differently.
 * @param reaches from the shortest; before the longest there is nothing (of slices: only good ones)
 */
export function timelineIn(reaches: readonly Reach[], stepMinutes: number, slices: boolean): Timeline {
  const steps = stepsOf(stepMinutes);
  const newestFirst: Timeline = [];
  let inside: Reach = { minutes: 0, all: 0, bad: 0 };
  for (const asked of reaches) {
    const reach = slices ? { ...asked, bad: Math.round(asked.bad) } : asked;
    const length = Math.round((reach.minutes - inside.minutes) / stepMinutes);
    const [all, bad] = [reach.all - inside.all, reach.bad - inside.bad];
    if (bad < 0 || bad > all + 1e-9 || length < 1) throw new Error(`no timeline holds ${JSON.stringify(reaches)}`);
    newestFirst.push(...(slices ? sliceBand(length, bad) : eventBand(length, all, bad)));
    inside = reach;
  }
  while (newestFirst.length < steps) newestFirst.push({ all: slices ? 1 : 0, bad: 0 });
  if (slices) newestFirst.fill({ all: 0, bad: 0 }, MOST_SLICES);
  return newestFirst.reverse();
}

const eventBand = (length: number, all: number, bad: number): Timeline =>
  Array.from({ length }, () => ({ all: all / length, bad: bad / length }));

function sliceBand(length: number, bad: number): Timeline {
  const from = Math.floor((length - bad) / 2);
  return Array.from({ length }, (_, step) => ({ all: 1, bad: step >= from && step < from + bad ? 1 : 0 }));
}
