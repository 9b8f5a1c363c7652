// When a steady fault pages, by formula: what the simulation must come to when there are many events.
import type { Fault } from './fault.ts';
import type { RuleSet } from './rule-set.ts';

/**
 * Minutes from the beginning of a steady fault to the first page, on a clean past, without the waits for the next scrape and
 * the next evaluation; null when no page comes while it lasts. Google, The Site Reliability Workbook, chapter 5:
 * (1 - target) x factor x window / share of bad. The short window is full of it long before.
 */
export function predictedPageMinutes({ tiers }: RuleSet, { share, seconds, shape }: Fault): number | null {
  if (shape !== 'step') return null;
  const times = tiers
    .filter(({ pages, threshold }) => pages && threshold < share)
    .map(({ threshold, longMs, forMs }) => ((threshold / share) * longMs + forMs) / 60_000);
  const first = Math.min(...times);
  return first * 60 < seconds ? first : null;
}

/** The smallest steady share of bad that ever pages. */
export const smallestPagedShare = ({ tiers }: RuleSet) =>
  Math.min(...tiers.filter(({ pages }) => pages).map(({ threshold }) => threshold));

/** Tiers that nothing can make fire, because not even everything bad is above their threshold. */
export const deadTiers = ({ tiers }: RuleSet) =>
  tiers.filter(({ threshold }) => threshold >= 1).map(({ name }) => name);
