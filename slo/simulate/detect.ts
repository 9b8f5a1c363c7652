// One fault, many times over: how long until the page, how often it came at all, and how long it stayed after the end.
import type { Objective } from '../objectives/read.ts';
import { episodes, evaluate } from './evaluate.ts';
import type { Fault } from './fault.ts';
import type { RuleSet } from './rule-set.ts';
import { type Pause, play } from './run.ts';
import type { Arrivals, Scenario } from './traffic.ts';

/** Burn of the time before a fault: the objective is met, but things do fail now and then. */
export const BURN_BEFORE = 0.2;
/** A page that is still there so long after the fault has not gone by itself. */
const TAIL_SECONDS = 7 * 3600;

export interface FaultCase {
  objective: Objective;
  ratePerSecond: number;
  arrivals: Arrivals;
  fault: Fault;
  newSeries?: number;
}

export interface Detection {
  trials: number;
  /** Share of the faults for which a page came while they lasted; and a page or a ticket. */
  paged: number;
  noticed: number;
  /** Minutes from the beginning of the fault to the page; of those that came. Null when none did. */
  pageMinutes: Spread | null;
  /** Minutes from the end of the fault to the end of the page. */
  resetMinutes: Spread | null;
  /** Share of the faults that were paged within a quarter of an hour. */
  within15: number;
}

export interface Spread {
  median: number;
  p95: number;
  most: number;
}

/** @param rules all of them see the same faults @param seed of the whole table */
export async function detect(
  of: FaultCase,
  rules: readonly RuleSet[],
  trials: number,
  seed: number,
  pause: Pause,
): Promise<Detection[]> {
  const { objective, ratePerSecond, arrivals, fault, newSeries } = of;
  const longest = Math.max(...rules.flatMap(({ tiers }) => tiers.map(({ longMs }) => longMs))) / 1000;
  const found = rules.map(() => ({ page: [] as number[], reset: [] as number[], noticed: 0 }));
  for (let trial = 0; trial < trials; trial++) {
    await pause();
    // Faults are spread over the day.
    const before = longest + Math.floor((trial / trials) * 86_400);
    const endMs = (before + fault.seconds) * 1000;
    const scenario: Scenario = {
      ratePerSecond,
      arrivals,
      badShare: BURN_BEFORE * (1 - objective.target),
      fault: { ...fault, fromSeconds: before },
      ...(newSeries !== undefined && { newSeries }),
    };
    const key = [
      seed,
      'fault',
      objective.name,
      ratePerSecond,
      arrivals,
      fault.share,
      fault.seconds,
      fault.shape,
      trial,
    ];
    const seen = play({ objective, scenario, seconds: before + fault.seconds + TAIL_SECONDS, seed: key.join('/') });
    for (const [index, set] of rules.entries()) {
      const firings = evaluate(set, seen.windows(set.everyMs), seen.evaluations(set.everyMs, before * 1000));
      const begun = firings.filter(({ fromMs }) => fromMs < endMs);
      const pages = episodes(firings.filter(({ tier }) => tier.pages)).filter(({ fromMs }) => fromMs < endMs);
      const to = found[index]!;
      if (begun.length > 0) to.noticed++;
      const [first] = pages;
      if (!first) continue;
      to.page.push((first.fromMs / 1000 - before) / 60);
      to.reset.push(Math.max(0, (pages.at(-1)!.toMs - endMs) / 60_000));
    }
  }
  return found.map(({ page, reset, noticed }) => ({
    trials,
    paged: page.length / trials,
    noticed: noticed / trials,
    pageMinutes: spread(page),
    resetMinutes: spread(reset),
    within15: page.filter((minutes) => minutes <= 15).length / trials,
  }));
}

/** Nearest rank. */
function spread(values: number[]): Spread | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
  return { median: at(0.5), p95: at(0.95), most: at(1) };
}
