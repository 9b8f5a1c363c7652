// What Prometheus would know of the days before a drill, so that its long windows are full: the rates of a healthy minute, carried
// backwards. Two readings of the targets in, recorded samples (OpenMetrics) out. Pure.
import { selectorsOf } from '../compile/input-series.ts';
import { labelsOf } from '../compile/rule.ts';
import type { Objective } from '../objectives/read.ts';
import { matches, type Sample, seriesText } from './exposition.ts';
import { durationMs, scaleDuration, scaleStep } from './scale.ts';

/** All targets of a job, read at once. */
export interface Reading {
  atSeconds: number;
  samples: Sample[];
}

/** A counter of the past: all of what it counted was good. */
export interface Past {
  metric: string;
  labels: Record<string, string>;
  perSecond: number;
}

/** What counted in the past is another process than what counts now, as after a deployment. */
const earlierInstance = (instance = '') => `before ${instance}`;
/** Longest window of a policy. */
const LONGEST = '3d';

/** Events a second of one objective between two readings, all of them and the bad ones. */
export function ratesOf(objective: Objective, before: Reading, after: Reading): { all: number; bad: number } {
  const { total, counted } = selectorsOf(objective);
  const seconds = after.atSeconds - before.atSeconds;
  const sum = ({ samples }: Reading, selector: typeof total) =>
    samples.filter((sample) => matches(selector, sample)).reduce((so, { value }) => so + value, 0);
  const rate = (selector: typeof total) => (sum(after, selector) - sum(before, selector)) / seconds;
  const [all, some] = [rate(total), rate(counted)];
  const isBad = objective.source.kind === 'events' && objective.source.bad !== undefined;
  return { all, bad: isBad ? some : all - some };
}

/**
 * The series that the objectives count, at their rates between two readings, as if every event had been good: of those counted
 * as bad there is none, and the bucket that says "good" has what its histogram has.
 */
export function pastOf(objectives: Objective[], before: Reading, after: Reading): Past[] {
  const past = new Map<string, Past>();
  const seconds = after.atSeconds - before.atSeconds;
  const earlier = new Map(before.samples.map((sample) => [seriesText(sample.metric, sample.labels), sample.value]));
  const add = (metric: string, labels: Record<string, string>, perSecond: number) =>
    past.set(seriesText(metric, labels), {
      metric,
      labels: { ...labels, instance: earlierInstance(labels.instance) },
      perSecond,
    });
  for (const objective of objectives) {
    const { source } = objective;
    if (source.kind === 'slices') continue;
    const { total, counted } = selectorsOf(objective);
    for (const sample of after.samples) {
      if (!matches(total, sample) || (source.bad !== undefined && matches(counted, sample))) continue;
      const grown = sample.value - (earlier.get(seriesText(sample.metric, sample.labels)) ?? 0);
      add(sample.metric, sample.labels, grown / seconds);
      const bound = counted.matchers.find(({ label }) => label === 'le');
      if (source.good !== undefined && bound)
        add(counted.metric, { ...sample.labels, le: bound.value }, grown / seconds);
    }
  }
  return [...past.values()];
}

/** Seconds since 1970. */
export interface Stretch {
  /** From here on the counters count: the longest window before the drill. */
  beginSeconds: number;
  fromSeconds: number;
  /** Not included. */
  toSeconds: number;
}

/** The longest window, scaled down. */
export const historySeconds = (scale: number) => durationMs(scaleDuration(LONGEST, scale)) / 1000;

/** A stretch of the past as OpenMetrics text with timestamps (openmetrics.io): counters every few seconds, good slices one by one. */
export function historyText(objectives: Objective[], past: Past[], scale: number, stretch: Stretch): string {
  const { beginSeconds, fromSeconds, toSeconds } = stretch;
  const lines: string[] = [];
  const write = (series: string, stepSeconds: number, valueAt: (seconds: number) => number) => {
    for (let n = Math.ceil((fromSeconds - beginSeconds) / stepSeconds); ; n++) {
      const since = n * stepSeconds;
      if (beginSeconds + since >= toSeconds) return;
      lines.push(`${series} ${valueAt(since)} ${(beginSeconds + since).toFixed(3)}`);
    }
  };
  for (const { metric, labels, perSecond } of past) {
    write(seriesText(metric, labels), COUNTER_STEP_SECONDS, (seconds) => perSecond * seconds);
  }
  for (const objective of objectives) {
    if (objective.source.kind !== 'slices') continue;
    const stepSeconds = durationMs(scaleStep(`${objective.source.sliceSeconds}s`, scale)) / 1000;
    write(seriesText('slo:slice_good:bool', { ...labelsOf(objective) }), stepSeconds, () => 1);
  }
  return `${lines.join('\n')}\n# EOF\n`;
}

/** A rate needs few points; a mean of slices needs every one of them. */
const COUNTER_STEP_SECONDS = 2;
