// A quantile with its interval, from the blocks of a phase. Histograms of equal spans of time in, estimate and error out. Pure.
import quantileOfT from '@stdlib/stats-base-dists-t-quantile';
import { Histogram } from '../histogram.ts';

/** Of the logarithm of a quantile: intervals of a ratio are even on that scale. */
export interface LogEstimate {
  log: number;
  /** Standard error of `log`. */
  error: number;
  degrees: number;
}

export interface Interval {
  value: number;
  lower: number;
  upper: number;
}

/** Blocks of a run that are not empty; fewer have no interval. */
const FEWEST_BLOCKS = 10;
/** Requests that must lie beyond a quantile before it gets an interval. */
const BEYOND = 10;

/**
 * Delete-a-group jackknife: the quantile of all blocks but one, for each of them; error^2 = (g - 1) / g times the sum of
 * their squared distances from the mean (Kott, The delete-a-group jackknife, Journal of Official Statistics 17, 2001; that
 * it holds for quantiles when whole groups are left out: Shao, Wu, Annals of Statistics 17, 1989). Requests that are close
 * in time are alike, and stay together in their block.
 * Undefined with fewer than ten blocks, fewer than ten requests beyond the quantile, or when it is that of no answer.
 */
export function logQuantile(blocks: readonly Histogram[], q: number): LogEstimate | undefined {
  const full = blocks.filter(({ count }) => count > 0);
  const all = full.reduce((sum, block) => sum.merge(block), new Histogram());
  if (full.length < FEWEST_BLOCKS || all.count * (1 - q) < BEYOND - 1e-9) return undefined;
  const log = Math.log(all.quantile(q)!);
  const parts = full.map((block) => Math.log(all.quantileWithout(block, q)!));
  if (![log, ...parts].every(Number.isFinite)) return undefined;
  const mean = parts.reduce((sum, part) => sum + part, 0) / parts.length;
  const squares = parts.reduce((sum, part) => sum + (part - mean) ** 2, 0);
  const error = Math.sqrt(((full.length - 1) / full.length) * squares);
  return { log, error, degrees: full.length - 1 };
}

/** On the scale of the values again. @param confidence two-sided, for example 0.95 */
export function intervalOf({ log, error, degrees }: LogEstimate, confidence = 0.95): Interval {
  const width = error * quantileOfT((1 + confidence) / 2, degrees);
  return { value: Math.exp(log), lower: Math.exp(log - width), upper: Math.exp(log + width) };
}

/** The ratio b / a of two independent estimates; degrees of freedom by Welch and Satterthwaite (Welch, Biometrika 34, 1947). */
export function ratioOf(a: LogEstimate, b: LogEstimate): LogEstimate {
  const [va, vb] = [a.error ** 2, b.error ** 2];
  const spread = va ** 2 / a.degrees + vb ** 2 / b.degrees;
  const degrees = spread === 0 ? a.degrees + b.degrees : (va + vb) ** 2 / spread;
  return { log: b.log - a.log, error: Math.sqrt(va + vb), degrees };
}
