// The Harrell-Davis estimate of a quantile: every order statistic counts, those near the quantile most.
import betaCdf from '@stdlib/stats-base-dists-beta-cdf';

/** Below this the distribution of the weights is too skewed for a rule of standard deviations, and short anyway. */
const FEW = 100;

/**
 * Quantile estimate by Harrell and Davis (A new distribution-free quantile estimator, Biometrika 69, 1982):
 *
 *   Q(p) = sum over i of x(i) * [I(i/n; a, b) - I((i-1)/n; a, b)],   a = (n+1)p, b = (n+1)(1-p)
 *
 * where I is the regularised incomplete beta function. Smoother than one order statistic at a few hundred samples.
 * @param sorted samples in ascending order, at least one
 * @param p between 0 and 1, both excluded
 * @returns the estimate in the unit of the samples
 */
export function harrellDavis(sorted: ArrayLike<number>, p: number): number {
  const n = sorted.length;
  if (n === 0) throw new RangeError('a quantile of no samples');
  if (!(p > 0 && p < 1)) throw new RangeError(`a quantile at ${p}`);
  const a = (n + 1) * p;
  const b = (n + 1) * (1 - p);
  // Weights lie about p with this standard deviation: at 10 of them the rest is below 1e-15 of the whole.
  const reach = n < FEW ? 1 : 10 * Math.sqrt((p * (1 - p)) / (n + 2));
  const first = Math.max(1, Math.floor((p - reach) * n));
  const last = Math.min(n, Math.ceil((p + reach) * n));
  let estimate = 0;
  let below = 0;
  for (let i = first; i <= last; i++) {
    const upTo = i === last ? 1 : betaCdf(i / n, a, b);
    estimate += sorted[i - 1]! * (upTo - below);
    below = upTo;
  }
  return estimate;
}
