// When the budget of one objective will be gone this month: its past days and the month so far in, a time with its interval out. Pure.
import { budgetOf } from '../compile/check.ts';
import type { Objective } from '../objectives/read.ts';
import { type Exhaustion, exhaustionOf } from './exhaustion.ts';
import { furthestDays, MIN_DAYS, outlook } from './model.ts';

export interface History {
  /** Whole days of 24 hours that end now, the oldest first; maintenance is taken out. */
  bad: number[];
  total: number[];
  /** This month until now. */
  soFar: { bad: number; total: number };
  /** The last whole hour. */
  lastHour: { bad: number };
  /** Until the month ends. */
  daysLeft: number;
}

export type Forecast = {
  objective: string;
  displayName: string;
  historyDays: number;
  /** Bad events that the whole month allows, by the events that are expected of it. */
  budget: number;
  left: number;
  /** Days until it is gone at the rate of the last hour; null when nothing was bad in it. */
  daysAtLastHour: number | null;
} & (
  | { state: 'gone' }
  | { state: 'unknown'; why: string }
  | (Exhaustion & {
      state: 'forecast';
      model: string;
      /** How far the outlook reaches: the month's end, or as far as the history allows. */
      reachesDays: number;
      daysLeft: number;
    })
);

/** Days with bad events, of the history: with fewer nothing can be told from chance. */
const MIN_BAD_DAYS = 5;

/** The budget is that of the whole month: the events so far and those that are expected. */
export function forecastOf(objective: Objective, history: History): Forecast {
  const { bad, total, soFar, lastHour, daysLeft } = history;
  const known = { objective: objective.name, displayName: objective.displayName, historyDays: bad.length };
  const expected = soFar.total + expectedEvents(total, daysLeft);
  const budget = expected * budgetOf(objective);
  const left = budget - soFar.bad;
  const daysAtLastHour = lastHour.bad > 0 ? Math.max(0, left) / lastHour.bad / 24 : null;
  const figures = { ...known, budget, left, daysAtLastHour };
  if (expected === 0) return { ...figures, state: 'unknown', why: 'there were no events' };
  if (left <= 0) return { ...figures, state: 'gone' };
  const badDays = bad.filter((events) => events > 0).length;
  if (bad.length < MIN_DAYS)
    return { ...figures, state: 'unknown', why: `${bad.length} days of history; ${MIN_DAYS} are needed` };
  if (badDays < MIN_BAD_DAYS) {
    const why = `bad events on ${badDays} of ${bad.length} days: too few to tell a trend from chance`;
    return { ...figures, state: 'unknown', why };
  }
  const reachesDays = Math.min(Math.ceil(daysLeft), furthestDays(bad.length));
  const found = outlook(bad, reachesDays)!;
  return { ...figures, ...exhaustionOf(found, left), state: 'forecast', model: found.model, reachesDays, daysLeft };
}

/** The mean of the last four weeks, or of what there is: whole weeks, so that no weekday counts more than another. */
function expectedEvents(total: readonly number[], daysLeft: number): number {
  const days = total.length < 7 ? total.length : Math.min(28, total.length - (total.length % 7));
  if (days === 0) return 0;
  return (total.slice(-days).reduce((sum, each) => sum + each, 0) / days) * daysLeft;
}
