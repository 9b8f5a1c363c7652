// The series as a table that Apache Otava reads, and the configuration that tells Otava how. Pure.
import { stringify } from 'yaml';
import type { Point, Series } from './series.ts';

/** Name of the test in Otava: `otava analyze performance`. */
const TEST = 'performance';

/**
 * One line a gate: `time` (ISO 8601), `commit`, and a column for each metric with its level, 100 being the first base.
 * Otava asks for a number in every cell, so a metric that some gate did not measure is left out and named.
 */
export function toCsv(all: readonly Series[]): { text: string; metrics: string[]; leftOut: string[] } {
  const pointsOf = (series: Series) => series.stretches.flatMap((stretch) => stretch.points);
  const longest = Math.max(0, ...all.map((series) => pointsOf(series).length));
  const whole = all.filter((series) => pointsOf(series).length === longest);
  const columns = whole.map(pointsOf);
  const first = columns[0] ?? [];
  const rows = first.map(({ committedAt, commit }, index) =>
    [committedAt, commit, ...columns.map((points) => indexOf(points[index]!))].join(','),
  );
  const metrics = whole.map((series) => series.metric);
  return {
    text: [['time', 'commit', ...metrics].join(','), ...rows, ''].join('\n'),
    metrics,
    leftOut: all.filter((series) => !whole.includes(series)).map((series) => series.metric),
  };
}

const indexOf = (point: Point) => (100 * Math.exp(point.level)).toFixed(4);

/** An otava.yaml for the table; less is better in every metric. @param csvFile path of the table, as Otava should open it */
export function otavaConfig(csvFile: string, metrics: readonly string[]): string {
  return stringify({
    tests: {
      [TEST]: {
        type: 'csv',
        file: csvFile,
        time_column: 'time',
        attributes: ['commit'],
        metrics: Object.fromEntries(metrics.map((metric) => [metric, { column: metric, direction: -1 }])),
        csv_options: { delimiter: ',', quote_char: '"' },
      },
    },
  });
}
