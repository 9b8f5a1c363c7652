// How the length of the month scales the thresholds: as a number for those who calculate, as PromQL for the rules. Pure.
import type { BurnTier } from '../objectives/schema.ts';

/** Days of the current month (UTC) by the 30 for which the factors are written: 0.933 to 1.033. */
export const MONTH_LENGTH = 'slo:month_length:ratio';
export const monthLengthRule = 'days_in_month() / 30';

type Notified = Pick<BurnTier, 'notify'>;

/**
 * By what a tier's threshold is scaled in a month of that many days (28 to 31). The same share of the budget is a higher burn
 * in a longer month; but a page is promised within so many minutes, and a month of 31 days must not make it later. So a
 * ticket follows the month, and a page follows it only downwards: in a short month it comes sooner.
 */
export const monthShare = ({ notify }: Notified, monthDays: number) =>
  (notify === 'page' ? Math.min(monthDays, 30) : monthDays) / 30;

/** The same in PromQL, for the objective of that name. */
export function monthShareExpression({ notify }: Notified, slo: string): string {
  const length = `${MONTH_LENGTH}{slo="${slo}"}`;
  return `scalar(${notify === 'page' ? `clamp_max(${length}, 1)` : length})`;
}
