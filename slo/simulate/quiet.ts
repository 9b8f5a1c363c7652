// Months in which the objective is met: how often somebody is woken for nothing, by maker of the rules.
import type { Objective } from '../objectives/read.ts';
import { episodes, evaluate } from './evaluate.ts';
import { poissonInterval } from './poisson.ts';
import type { RuleSet } from './rule-set.ts';
import { type Pause, play } from './run.ts';
import type { Arrivals } from './traffic.ts';

/** Months are of this length here, as the published figures are. */
export const MONTH_DAYS = 30;
const DAY_SECONDS = 86_400;

export interface QuietCase {
  objective: Objective;
  ratePerSecond: number;
  arrivals: Arrivals;
  /** Share of the budget that burns: 0.6 leaves 40 % of it at the end of the month. */
  burn: number;
}

export interface Quiet {
  /** Times that a page began, all months together; while one tier pages no other begins a new one. */
  pages: number;
  tickets: number;
  pagesAMonth: number;
  /** 95 % interval of the mean. */
  interval: [lower: number, upper: number];
}

/** @param rules all of them see the same months @param seed of the whole table */
export async function quietMonths(
  of: QuietCase,
  rules: readonly RuleSet[],
  months: number,
  seed: number,
  pause: Pause,
): Promise<Quiet[]> {
  const { objective, ratePerSecond, arrivals, burn } = of;
  const scenario = { ratePerSecond, arrivals, badShare: burn * (1 - objective.target) };
  const before = Math.max(...rules.flatMap(({ tiers }) => tiers.map(({ longMs }) => longMs))) / 1000;
  const counts = rules.map(() => ({ pages: 0, tickets: 0 }));
  for (let month = 0; month < months; month++) {
    await pause();
    const seen = play({
      objective,
      scenario,
      seconds: before + MONTH_DAYS * DAY_SECONDS,
      seed: [seed, 'quiet', objective.name, ratePerSecond, arrivals, burn, month].join('/'),
    });
    for (const [index, set] of rules.entries()) {
      const firings = evaluate(set, seen.windows(set.everyMs), seen.evaluations(set.everyMs, before * 1000));
      for (const kind of ['pages', 'tickets'] as const) {
        counts[index]![kind] += episodes(firings.filter(({ tier }) => tier.pages === (kind === 'pages'))).length;
      }
    }
  }
  return counts.map(({ pages, tickets }) => ({
    pages,
    tickets,
    pagesAMonth: pages / months,
    interval: poissonInterval(pages).map((count) => count / months) as [number, number],
  }));
}
