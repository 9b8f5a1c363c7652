// What a target answers at /metrics, read as far as a drill needs it: series with their labels and values in, those of a selector out. Pure.
import type { Matcher, Selector } from '../compile/promql.ts';
import { readLine } from '../source/exposition.ts';

export interface Sample {
  metric: string;
  labels: Record<string, string>;
  value: number;
}

/** Every sample of a text exposition (prometheus.io/docs, "Exposition formats"). */
export function readExposition(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const read = readLine(line);
    return read.kind === 'sample' ? [{ ...read.sample, metric: read.sample.name }] : [];
  });
}

/** Whether a sample is one that the selector asks for; `job` and `instance` must be among its labels when they are asked for. */
export const matches = ({ metric, matchers }: Selector, sample: Pick<Sample, 'metric' | 'labels'>): boolean =>
  sample.metric === metric && matchers.every((matcher) => passes(matcher, sample.labels[matcher.label] ?? ''));

function passes({ op, value }: Matcher, actual: string): boolean {
  if (op === '=') return actual === value;
  if (op === '!=') return actual !== value;
  // Prometheus anchors its regular expressions on both ends.
  return new RegExp(`^(?:${value})$`).test(actual) === (op === '=~');
}

/** `name{a="1",b="2"}` */
export function seriesText(metric: string, labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return pairs.length > 0 ? `${metric}{${pairs.join(',')}}` : metric;
}
