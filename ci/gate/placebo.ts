// What the same build against itself would have shown in this very run, from the pairs that are there anyway. Pure.
import { METRICS, type MetricName, type Pair, valuesOf } from './metrics.ts';
import { logRatio, mean, standardDeviation, toRatio, tUpper } from './statistics.ts';

export interface PlaceboRow {
  metric: MetricName;
  label: string;
  /** Effect as a ratio that base against base showed. */
  estimate: number;
  /** 95 of 100 such comparisons stay within plus or minus this ratio. */
  usual: number;
}

export interface Placebo {
  /** Pairs that it was made of: whole groups of four. */
  pairs: number;
  rows: PlaceboRow[];
}

/**
 * The pairs are recombined: the bases of one half are held against the bases of the other half, with the head of the same
 * pair as the clock, because the machine drifts between pairs and both arms drift alike:
 *
 *   (base1 / head1) : (base2 / head2) : (base3 / head3) : (base4 / head4)   with the signs  + - - +
 *
 * A constant effect of the head cancels out, whatever its size; so does the order in which the arms started, and a steady
 * drift. What is left has the same starts of servers, the same windows of time and the same number of pairs as the effect
 * itself, so it scatters as the effect does, and is independent of it. Starting a third server in every pair would cost
 * half of the measuring time and load the machine otherwise than the gate does; an extra pair of base against base would
 * be one pair with no interval. What it cannot show is a bias of the place (work tree, databases) of head: recorded A/A
 * gates show that one (npm run gate:calibrate).
 * @returns null with fewer than 4 pairs
 */
export function placeboOf(pairs: readonly Pair[]): Placebo | null {
  const used = pairs.slice(0, pairs.length - (pairs.length % 4));
  if (used.length < 4) return null;
  const signs = used.map((_, i) => ([1, 2].includes(i % 4) ? -1 : 1));
  const rows = METRICS.filter((metric) => metric.primary).flatMap((metric): PlaceboRow[] => {
    const values = valuesOf(metric, used);
    if (!values) return [];
    const logs = values.base.map((base, i) => logRatio(base, values.head[i]!));
    const n = logs.length;
    const contrast = mean(logs.map((log, i) => signs[i]! * log));
    // What neither the effect nor the placebo explains: it has two degrees of freedom less than there are pairs.
    const squares = (n - 1) * standardDeviation(logs) ** 2 - n * contrast ** 2;
    const error = Math.sqrt(Math.max(0, squares) / (n - 2) / n);
    return [
      {
        metric: metric.name,
        label: metric.label,
        estimate: toRatio(contrast),
        usual: toRatio(tUpper(0.025, n - 2) * error),
      },
    ];
  });
  return { pairs: used.length, rows };
}
