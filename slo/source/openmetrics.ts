// Series as a recorded file: what a source answered in, OpenMetrics text with timestamps out. Pure.
import { labelsText } from './client.ts';
import type { Series } from './shapes.ts';

/** The text of a recorded file that `openSource` reads: the series of one metric together, each in the order of time, the end marked. */
export function openMetricsText(series: readonly Series[]): string {
  const byName = Map.groupBy(series, ({ labels }) => labels.__name__ ?? '');
  const lines = [...byName.values()].flat().flatMap(({ labels, samples }) => {
    const name = labelsText(labels);
    return samples.map(([seconds, value]) => `${name} ${valueText(value)} ${seconds}`);
  });
  return `${[...lines, '# EOF'].join('\n')}\n`;
}

function valueText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}
