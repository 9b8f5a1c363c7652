// Traffic and a fault in, what Prometheus scrapes of them out: counters of good and bad events, or whether a target was up.
import type { Random } from '../../loadtests/workload/random.ts';
import { type Fault, shareAt } from './fault.ts';
import { poissonCounts } from './poisson.ts';

/** Events at even distances; at random; at random with a rate that goes up and down with the hours of the day. */
export type Arrivals = 'even' | 'poisson' | 'diurnal';
export const ARRIVALS: readonly Arrivals[] = ['even', 'poisson', 'diurnal'];

/** At noon 1.9 times the mean rate, at midnight a tenth of it. */
const SWING = 0.9;
const DAY_SECONDS = 86_400;

export interface Scenario {
  /** Mean of a day. */
  ratePerSecond: number;
  arrivals: Arrivals;
  /** Share of bad events without a fault. */
  badShare: number;
  fault?: Fault & { fromSeconds: number };
  /**
   * Over how many series bad events spread that come into being with their first event, as those of a status code do that no
   * route has answered yet. Absent: one series that was there from the start.
   */
  newSeries?: number;
}

/** Moments of the scrapes: `firstMs + n * everyMs`. */
export interface Grid {
  firstMs: number;
  everyMs: number;
  count: number;
}

/** Value at each scrape from the scrape `born` on; before it there is no such series. */
export interface Counter {
  values: Float64Array;
  born: number;
}

/** Counters from 0 on: a process that started when the grid begins. */
export interface Scraped {
  grid: Grid;
  good: Counter;
  bad: Counter[];
}

/**
 * A Poisson process whose events are good or bad by chance is two independent ones (thinning: Cinlar, Introduction to
 * Stochastic Processes, 1975, 4.5), so good and bad are drawn apart.
 */
export function scrape(random: Random, scenario: Scenario, grid: Grid): Scraped {
  const { ratePerSecond, arrivals, badShare, fault, newSeries } = scenario;
  const counter = (born: number): Counter => ({ values: new Float64Array(grid.count), born });
  const good = counter(0);
  const bad = Array.from({ length: newSeries ?? 1 }, () => counter(newSeries ? grid.count : 0));
  const counts = arrivals === 'even' ? evenCounts : poissonCounts;
  const [nextGood, nextBad] = [counts(random), counts(random)];
  const seconds = grid.everyMs / 1000;
  let goods = 0;
  for (let n = 0; n < grid.count; n++) {
    const middle = grid.firstMs / 1000 + (n - 0.5) * seconds;
    const mean = ratePerSecond * seconds * (arrivals === 'diurnal' ? dayShape(middle) : 1);
    const share = worse(badShare, fault ? shareBetween(fault, middle - seconds / 2, middle + seconds / 2) : 0);
    goods += nextGood(mean * (1 - share));
    good.values[n] = goods;
    if (n > 0) for (const { values } of bad) values[n] = values[n - 1]!;
    for (let more = nextBad(mean * share); more > 0; ) {
      // One series takes all at once; of several each event chooses one.
      const one = bad[bad.length === 1 ? 0 : Math.floor(random() * bad.length)]!;
      const taken = bad.length === 1 ? more : 1;
      one.values[n]! += taken;
      one.born = Math.min(one.born, n);
      more -= taken;
    }
  }
  return { grid, good, bad };
}

/** 1 for every scrape at which the target did not answer: by chance, or because a fault held it. */
export function probe(random: Random, scenario: Pick<Scenario, 'badShare' | 'fault'>, grid: Grid): Uint8Array {
  const { badShare, fault } = scenario;
  return Uint8Array.from({ length: grid.count }, (_, n) => {
    const at = (grid.firstMs + n * grid.everyMs) / 1000;
    const share = worse(badShare, fault ? shareAt(fault, at - fault.fromSeconds) : 0);
    return share > 0 && random() < share ? 1 : 0;
  });
}

/** Of what was good the fault makes a share bad. */
const worse = (badShare: number, share: number) => badShare + (1 - badShare) * share;

/** A fault that begins or ends between two scrapes counts for its part of the time. */
function shareBetween(fault: Fault & { fromSeconds: number }, from: number, to: number): number {
  const [begin, end] = [fault.fromSeconds, fault.fromSeconds + fault.seconds];
  const inside = Math.min(to, end) - Math.max(from, begin);
  if (inside <= 0) return 0;
  const middle = (Math.max(from, begin) + Math.min(to, end)) / 2;
  return (shareAt(fault, middle - begin) * inside) / (to - from);
}

const dayShape = (atSeconds: number) => 1 - SWING * Math.cos((2 * Math.PI * atSeconds) / DAY_SECONDS);

/** Fractions are carried on, so that the count of any stretch is within one of its mean. */
function evenCounts(): (mean: number) => number {
  let rest = 0;
  return (mean) => {
    const count = Math.floor(rest + mean + 1e-9);
    rest += mean - count;
    return count;
  };
}
