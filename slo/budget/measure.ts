// Bad and all events of an objective in each step of a time, asked of a source: events counted exactly, slices looked at one by one.
import { jobOf } from '../compile/absence.ts';
import type { Indicator, Objective } from '../objectives/read.ts';
import type { Source } from '../source/source.ts';
import { type Growth, growthOf } from './counters.ts';
import { type Step, stepsOf } from './steps.ts';

export interface Measured {
  steps: Step[];
  bad: Float64Array;
  total: Float64Array;
  /** Since when anything is known of it; undefined when nothing is. */
  knownSinceSeconds: number | undefined;
  /** How often a counter began again. */
  resets: number;
  /** Series that count all events but not the good ones (no bucket of that bound): left out, since they would look all bad. */
  withoutGood: number;
  /** The bad events by what their series say of themselves, without job and instance; of slices: `state` is below or no data. */
  byLabels: Growth[];
}

/** Counts an objective between two moments, in hours that are cut at `cuts` (seconds). */
export async function measure(
  source: Source,
  objective: Objective,
  { fromSeconds, toSeconds, cuts = [] }: { fromSeconds: number; toSeconds: number; cuts?: readonly number[] },
): Promise<Measured> {
  const steps = stepsOf(fromSeconds, toSeconds, cuts);
  return objective.source.kind === 'slices'
    ? measureSlices(source, objective.source, steps)
    : measureEvents(source, objective, objective.source, steps);
}

async function measureEvents(
  source: Source,
  objective: Objective,
  indicator: Extract<Indicator, { kind: 'events' }>,
  steps: Step[],
): Promise<Measured> {
  const witness = `up{job=${JSON.stringify(jobOf(objective))}}`;
  const total = await growthOf(source, indicator.total, steps, witness);
  const part = await growthOf(source, (indicator.bad ?? indicator.good)!, steps, witness);
  const counted = indicator.bad ? total.series : withGood(total.series, part.series);
  const all = grouped(counted, steps.length);
  const some = grouped(part.series, steps.length);
  const byLabels = indicator.bad
    ? [...some.values()]
    : [...all].map(([key, { labels, perStep }]) => ({
        labels,
        // A scrape may fall between the two counters of one request.
        perStep: perStep.map((events, index) => Math.max(0, events - (some.get(key)?.perStep[index] ?? 0))),
      }));
  return {
    steps,
    bad: sum(byLabels, steps.length),
    total: sum([...all.values()], steps.length),
    knownSinceSeconds: await knownSince(source, indicator.total, steps, total.knownFrom),
    resets: total.resets,
    withoutGood: total.series.length - counted.length,
    byLabels: byLabels.filter(({ perStep }) => perStep.some((events) => events > 0)),
  };
}

/** Within the first step in which anything was known: when it was, to a quarter of a minute. */
async function knownSince(source: Source, selector: string, steps: Step[], knownFrom: number | undefined) {
  if (knownFrom === undefined) return undefined;
  const step = steps[knownFrom];
  if (!step) return steps[0]!.fromSeconds;
  const there = `(count(${selector}) * 0 + time())[${step.toSeconds - step.fromSeconds}s:15s]`;
  const [found] = await source.instant(`min_over_time(${there})`, step.toSeconds);
  return found?.samples[0]?.[1] ?? step.fromSeconds;
}

/**
 * A slice is judged by the largest sample at its end. One without data counts as bad, also when Prometheus itself was away: nobody
 * can say that it was good. Before the first one with data nothing is known.
 */
async function measureSlices(
  source: Source,
  { query, op, value: limit, sliceSeconds }: Extract<Indicator, { kind: 'slices' }>,
  steps: Step[],
): Promise<Measured> {
  const [from, to] = [steps[0]!.fromSeconds, steps.at(-1)!.toSeconds];
  const first = (Math.floor(from / sliceSeconds) + 1) * sliceSeconds;
  const span = { fromSeconds: first, toSeconds: to, stepSeconds: sliceSeconds };
  const [series] = first <= to ? await source.range(`max(${query})`, span) : [];
  const values = new Map(series?.samples);
  const below = new Float64Array(steps.length);
  const noData = new Float64Array(steps.length);
  const total = new Float64Array(steps.length);
  const since = series?.samples[0]?.[0];
  let index = 0;
  for (let at = since ?? Number.POSITIVE_INFINITY; at <= to; at += sliceSeconds) {
    while (steps[index]!.toSeconds < at) index++;
    const value = values.get(at);
    total[index]!++;
    if (value === undefined) noData[index]!++;
    else if (op === 'gte' ? value < limit : value > limit) below[index]!++;
  }
  const byLabels = [
    { labels: { state: op === 'gte' ? `below ${limit}` : `above ${limit}` }, perStep: below },
    { labels: { state: 'no data' }, perStep: noData },
  ];
  return {
    steps,
    bad: sum(byLabels, steps.length),
    total,
    knownSinceSeconds: since === undefined ? undefined : Math.max(from, since - sliceSeconds),
    resets: 0,
    withoutGood: 0,
    byLabels: byLabels.filter(({ perStep }) => perStep.some((slices) => slices > 0)),
  };
}

/** The series of all events whose good ones are counted, too. */
function withGood(total: readonly Growth[], good: readonly Growth[]): Growth[] {
  const keyOf = ({ labels: { __name__, le, ...own } }: Growth) => JSON.stringify(Object.entries(own).sort());
  const keys = new Set(good.map(keyOf));
  return total.filter((growth) => keys.has(keyOf(growth)));
}

/** Series that differ only in where they come from, or in the bucket that was asked for, as one. */
function grouped(series: readonly Growth[], length: number): Map<string, Growth> {
  const groups = new Map<string, Growth>();
  for (const { labels, perStep } of series) {
    const { __name__, job, instance, le, ...own } = labels;
    const key = JSON.stringify(Object.entries(own).sort());
    const group = groups.get(key) ?? { labels: own, perStep: new Float64Array(length) };
    groups.set(key, group);
    for (const [index, events] of perStep.entries()) group.perStep[index]! += events;
  }
  return groups;
}

function sum(growths: readonly Growth[], length: number): Float64Array {
  const total = new Float64Array(length);
  for (const { perStep } of growths) for (const [index, events] of perStep.entries()) total[index]! += events;
  return total;
}
