// PromQL that counts exactly: an objective and a span in, the bad and all events (or slices of time) of it out. Pure.
import { budgetOf } from '../compile/check.ts';
import type { Indicator, Objective } from '../objectives/read.ts';

/** Both whole minutes. What was scraped after `fromSeconds` and up to `toSeconds` counts. */
export interface Span {
  fromSeconds: number;
  toSeconds: number;
}

export const MINUTE = 60;

/**
 * By how much each series has grown in the last minute. Not `increase`: that one extrapolates, and misses the first value of a
 * series that is born with the first bad answer. A gap in the scrapes is bridged for an hour; a counter that went back began
 * anew; a new series counts whole when its target was scraped a minute before.
 */
const grown = (selector: string) =>
  `(${selector} - last_over_time(${selector}[1h] offset 1m)) >= 0 or ${selector} and on (job, instance) up offset 1m`;

type Events = Extract<Indicator, { kind: 'events' }>;

/** Events of the last minute; with `by` one figure for each value of that label. */
const allOf = ({ total }: Events, by = '') => `sum${by && ` by (${by})`} (${grown(total)})`;

/** Bad ones of the last minute: 0, not nothing, where there were events and no bad one. */
function badOf(events: Events, by = ''): string {
  const { good, bad } = events;
  const sum = `sum${by && ` by (${by})`}`;
  if (good) return `${allOf(events, by)} - (${sum} (${grown(good)}))`;
  return `${sum} (${grown(bad!)}) or 0 * ${sum} (${events.total})`;
}

/** Half a step less than the span, so that its first minute's edge is outside in every version of Prometheus. */
const steps = (expr: string, seconds: number) => `sum_over_time((${expr})[${seconds - MINUTE / 2}s:1m])`;
/** Slices are recorded samples; one that lies exactly on the edge belongs to the span before. */
const slices = (seconds: number) => `[${seconds - 1}s]`;

/** The recorded slices of an objective: 1 good, 0 bad (slo/rules). */
export const sliceSeries = ({ name }: Objective) => `slo:slice_good:bool{slo="${name}"}`;

/** All events or slices of a span, asked at its end. */
export function allIn(objective: Objective, { fromSeconds, toSeconds }: Span): string {
  const { source } = objective;
  const seconds = toSeconds - fromSeconds;
  if (source.kind === 'slices') return `sum(count_over_time(${sliceSeries(objective)}${slices(seconds)}))`;
  return steps(allOf(source), seconds);
}

/** The bad ones. With `by`, one figure for each value of that label of the counted series (events only). */
export function badIn(objective: Objective, { fromSeconds, toSeconds }: Span, by = ''): string {
  const { source } = objective;
  const seconds = toSeconds - fromSeconds;
  if (source.kind === 'events') return steps(badOf(source, by), seconds);
  const good = `${sliceSeries(objective)}${slices(seconds)}`;
  return `sum(count_over_time(${good}) - sum_over_time(${good}))`;
}

/** Share of bad events of the last minute, or of its slices. */
export function minuteShare(objective: Objective): string {
  const { source } = objective;
  if (source.kind === 'slices') return `1 - avg_over_time(${sliceSeries(objective)}${slices(MINUTE)})`;
  return `(${badOf(source)}) / (${allOf(source)} > 0)`;
}

/** Share of bad events in a window such as `5m`, as the rules have it: what an alert looks at. */
export function windowShare(objective: Objective, window: string): string {
  const { source } = objective;
  if (source.kind === 'slices') return `1 - avg_over_time(${sliceSeries(objective)}[${window}])`;
  const rate = (selector: string) => `sum(rate(${selector}[${window}]))`;
  const total = `(${rate(source.total)} > 0)`;
  if (source.good) return `1 - ${rate(source.good)} / ${total}`;
  return `(${rate(source.bad!)} or 0 * ${rate(source.total)}) / ${total}`;
}

/** A minute is bad when its share of bad events is above the budget: such minutes use up more than they earn. */
export const badMinute = (objective: Objective) => `(${minuteShare(objective)}) > ${budgetOf(objective)}`;

/** The first time, in seconds since 1970, at which a condition held in the `seconds` before it is asked. */
export const firstTime = (condition: string, seconds: number, step = '1m') =>
  `min_over_time(((${condition}) * 0 + time())[${seconds}s:${step}])`;

export const lastTime = (condition: string, seconds: number, step = '1m') =>
  `max_over_time(((${condition}) * 0 + time())[${seconds}s:${step}])`;

/** Times of a series' own first and last sample, where it was there again and again: its last look-back does not count. */
const fresh = (selector: string, seconds: number) => `((timestamp(${selector}) > time() - 15)[${seconds}s:15s])`;
export const firstSample = (selector: string, seconds: number) => `min(min_over_time(${fresh(selector, seconds)}))`;
export const lastSample = (selector: string, seconds: number) => `max(max_over_time(${fresh(selector, seconds)}))`;

/** The largest, or smallest, value of an expression in the `seconds` before it is asked, looked at every minute. */
export const peakOf = (expr: string, seconds: number) => `max(max_over_time((${expr})[${seconds}s:1m]))`;
export const lowestOf = (expr: string, seconds: number) => `min(min_over_time((${expr})[${seconds}s:1m]))`;
