// A timeline in, promtool's input series out, with traffic beside it that must not count. Pure.
import type { Objective } from '../objectives/read.ts';
import { seriesOf } from './catalogue.ts';
import { selectorOf } from './check.ts';
import type { Timeline } from './faults.ts';
import type { Matcher, Selector } from './promql.ts';

export interface InputSeries {
  series: string;
  values: string;
}

/** A target that answers no more, or one that is gone from what Prometheus knows. */
export type Outage = 'down' | 'vanished';

/** Values that labels really have, to stand for a regular expression. */
const EXAMPLES = ['/api/v1/members/:id', '500', '200', 'sent', 'dead'];
const HERE = { instance: 'one' };
/** The same metric of another job and, where the route counts, of a health check: all bad, and no business of ours. */
const ELSEWHERE = { ...HERE, job: 'elsewhere' };
const HEALTH = { ...HERE, http_route: '/actuator/health/readiness', http_response_status_code: '503' };

export function inputSeries(objective: Objective, timeline: Timeline, outage: Outage = 'down'): InputSeries[] {
  const { source } = objective;
  if (source.kind === 'slices') {
    const up = selectorOf(objective, source.query);
    return [
      { series: printSeries(up, HERE), values: scrapes(timeline, outage) },
      { series: printSeries(up, ELSEWHERE), values: `1x${timeline.length - 1}` },
    ];
  }
  const { total, counted } = selectorsOf(objective);
  const all = counter(timeline.map((step) => step.all));
  const good = counter(timeline.map((step) => step.all - step.bad));
  const bad = counter(timeline.map((step) => step.bad));
  const none = counter(timeline.map(() => 0));
  const beside = [ELSEWHERE, ...(matches(total, 'http_route') ? [HEALTH] : [])];
  if (source.bad) {
    return [
      { series: printSeries(counted, HERE), values: bad },
      { series: printSeries(total, HERE, counted), values: good },
      ...beside.map((labels) => ({ series: printSeries(counted, labels), values: all })),
    ];
  }
  return [
    { series: printSeries(counted, HERE), values: good },
    { series: printSeries(counted, { ...HERE, le: '+Inf' }), values: all },
    { series: printSeries(total, HERE), values: all },
    ...beside.flatMap((labels) => [
      { series: printSeries(counted, labels), values: none },
      { series: printSeries(total, labels), values: all },
    ]),
  ];
}

/** The selectors of an objective of events: all of them, and the good or bad ones. */
export function selectorsOf(objective: Objective): { total: Selector; counted: Selector } {
  const { source } = objective;
  if (source.kind === 'slices') throw new Error(`${objective.name} counts slices`);
  return {
    total: selectorOf(objective, source.total),
    counted: selectorOf(objective, (source.bad ?? source.good)!),
  };
}

const matches = ({ matchers }: Selector, name: string) => matchers.some(({ label }) => label === name);

/** One series that the selector matches and, when given, `but` does not. Labels that the metric has not are left out. */
export function printSeries(selector: Selector, chosen: Record<string, string>, but?: Selector): string {
  const { metric, matchers } = selector;
  const names = new Set([...matchers, ...(but?.matchers ?? [])].map(({ label }) => label));
  const labels = Object.fromEntries([...names].map((name) => [name, labelValue(name, selector, but)]));
  const known = seriesOf(metric)?.labels ?? [];
  const text = Object.entries({ ...labels, ...chosen })
    .filter(([label]) => known.includes(label))
    .map(([label, value]) => `${label}="${value}"`);
  return `${metric}{${text.join(',')}}`;
}

/** A value that passes the selector; of a label of which `but` asks something else, one that it refuses. */
function labelValue(name: string, selector: Selector, but?: Selector): string {
  const of = (from: Selector | undefined) => from?.matchers.find(({ label }) => label === name);
  const [mine, theirs] = [of(selector), of(but)];
  const apart = theirs !== undefined && theirs.value !== mine?.value;
  const found = EXAMPLES.find((value) => passes(mine, value) && !(apart && passes(theirs, value)));
  return mine?.op === '=' ? mine.value : (found ?? mine?.value ?? '');
}

function passes(matcher: Matcher | undefined, value: string): boolean {
  if (!matcher) return true;
  return matcher.op === '=' ? value === matcher.value : new RegExp(`^(?:${matcher.value})$`).test(value);
}

/** promtool's notation for a counter that grows by `perStep` a step: `start+growth x times`. */
export function counter(perStep: number[]): string {
  const parts: string[] = [];
  let value = 0;
  for (const [growth, times] of grouped(perStep)) {
    parts.push(`${value + growth}+${growth}x${times - 1}`);
    value += growth * times;
  }
  return parts.join(' ');
}

/** promtool's notation for 1 while good and, while bad, 0 or nothing at all (a stale marker, then gaps). */
function scrapes(timeline: Timeline, outage: Outage): string {
  return grouped(timeline.map(({ bad }) => bad))
    .map(([bad, times]) => {
      if (bad === 0) return `1x${times - 1}`;
      return outage === 'down' ? `0x${times - 1}` : `stale _x${times - 1}`;
    })
    .join(' ');
}

/** Equal neighbours as pairs of value and length. */
function grouped(values: number[]): [value: number, times: number][] {
  const pairs: [number, number][] = [];
  for (const value of values) {
    const last = pairs.at(-1);
    if (last?.[0] === value) last[1] += 1;
    else pairs.push([value, 1]);
  }
  return pairs;
}
