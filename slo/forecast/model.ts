// How many bad events the next days will bring, with an interval of 80 %: counts of past days in, counts up to each day ahead out. Pure.
//
// A forecast is the level of the last weeks, flat or by weekday (the seasonal naive method, averaged; R. J. Hyndman and
// G. Athanasopoulos, "Forecasting: Principles and Practice", 3rd ed., 5.2). Which of them is used, and how wide the interval is,
// is decided by the errors that each would have made at every earlier day (rolling origin; L. J. Tashman, "Out-of-sample tests
// of forecasting accuracy", International Journal of Forecasting 16 (2000), 437-450). Errors are ratios, on the log scale: a day
// of 200 bad events scatters more than one of 2, and a drift is an error of the same ratio anywhere.
import tQuantile from '@stdlib/stats-base-dists-t-quantile';

export interface Model {
  name: string;
  /** Days that it looks back. */
  days: number;
  /** Events in the `ahead` days after the first `origin` days of the history. */
  predict(history: readonly number[], origin: number, ahead: number): number;
}

export interface Outlook {
  model: string;
  /** Events from now to the end of day 1, 2, …: lower end, forecast, upper end. */
  upTo: { low: number; middle: number; high: number }[];
}

/** Share of futures that lie inside. Each end is missed by half of the rest. */
export const COVERAGE = 0.8;
/** With less than two weeks no weekday was seen twice. */
export const MIN_DAYS = 14;
/** A forecast reaches no further than half of what is known: errors further ahead were never seen often enough. */
export const furthestDays = (historyDays: number) => Math.floor(historyDays / 2);

/** Stretches without overlap that the errors of one distance must come from. */
const STRETCHES = 3;
/** How errors grow with the distance is seen only roughly: half of what was seen is believed, and no more than the root. */
const BELIEF = 0.5;
const MOST_GROWTH = 0.5;

const flat = (days: number): Model => ({
  name: `level of ${days} days`,
  days,
  predict: (history, origin, ahead) => (sum(history, origin - days, origin) / days) * ahead,
});

const byWeekday = (weeks: number): Model => ({
  name: `weekdays of ${weeks} weeks`,
  days: weeks * 7,
  predict(history, origin, ahead) {
    let total = 0;
    for (let day = 0; day < ahead; day++) {
      for (let week = 1; week <= weeks; week++) total += history[origin + (day % 7) - 7 * week]! / weeks;
    }
    return total;
  },
});

const MODELS = [flat(7), flat(14), flat(28), byWeekday(2), byWeekday(4)];

/**
 * @param history events of each day, the oldest first, all of 24 hours
 * @param days how far to look; at most `furthestDays(history.length)`
 * @returns undefined with less than MIN_DAYS of history
 */
export function outlook(history: readonly number[], days: number): Outlook | undefined {
  if (history.length < MIN_DAYS) return undefined;
  const models = new Set<string>();
  const upTo = Array.from({ length: days }, (_, index) => {
    const { model, error, freedom, growth } = bestFor(history, index + 1);
    models.add(model.name);
    const middle = model.predict(history, history.length, index + 1);
    const spread = error * growth * tQuantile((1 + COVERAGE) / 2, freedom);
    return { low: (middle + 1) * Math.exp(-spread) - 1, middle, high: (middle + 1) * Math.exp(spread) - 1 };
  });
  return { model: [...models].join(', '), upTo: rising(upTo) };
}

/** The model whose earlier forecasts over that distance (or over the longest that was seen often enough) were best. */
function bestFor(history: readonly number[], ahead: number) {
  const candidates = MODELS.flatMap((model) => {
    const seen = Math.min(ahead, Math.floor((history.length - model.days) / STRETCHES));
    if (seen < 1) return [];
    const stretches = (history.length - model.days) / seen;
    const error = rootMeanSquare(errorsOf(model, history, seen));
    return [{ model, seen, error, stretches, score: error ** 2 * (1 + 2 / stretches) }];
  });
  const best = candidates.reduce((a, b) => (b.score < a.score ? b : a));
  return { ...best, freedom: Math.max(1.5, best.stretches - 1), growth: growthOf(history, ahead, best) };
}

/** Beyond what was seen errors grow with a power of the distance, as they did between half of it and all of it. */
function growthOf(
  history: readonly number[],
  ahead: number,
  { model, seen, error }: { model: Model; seen: number; error: number },
): number {
  if (ahead <= seen || seen < 2 || error === 0) return 1;
  const half = Math.floor(seen / 2);
  const atHalf = rootMeanSquare(errorsOf(model, history, half));
  if (atHalf === 0) return 1;
  const power = (BELIEF * Math.log(error / atHalf)) / Math.log(seen / half);
  return (ahead / seen) ** Math.max(-MOST_GROWTH, Math.min(MOST_GROWTH, power));
}

/** ln((actual + 1) / (forecast + 1)) for every earlier day from which the model could have been asked. */
function errorsOf(model: Model, history: readonly number[], ahead: number): number[] {
  const errors: number[] = [];
  for (let origin = model.days; origin + ahead <= history.length; origin++) {
    const actual = sum(history, origin, origin + ahead);
    errors.push(Math.log((actual + 1) / (model.predict(history, origin, ahead) + 1)));
  }
  return errors;
}

/** What was spent up to a day never falls, whatever model each distance was given. */
function rising(upTo: Outlook['upTo']): Outlook['upTo'] {
  const last = { low: 0, middle: 0, high: 0 };
  return upTo.map(({ low, middle, high }) => {
    last.low = Math.max(last.low, low);
    last.middle = Math.max(last.middle, middle);
    last.high = Math.max(last.high, high, last.middle);
    return { ...last };
  });
}

const rootMeanSquare = (values: readonly number[]) =>
  Math.sqrt(values.reduce((total, value) => total + value ** 2, 0) / values.length);

function sum(values: readonly number[], from: number, to: number): number {
  let total = 0;
  for (let index = from; index < to; index++) total += values[index]!;
  return total;
}
