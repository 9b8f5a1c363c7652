// Intervals of a share: k of n, 95 % two-sided. Pure.
import betaCdf from '@stdlib/stats-base-dists-beta-cdf';

/** Standard normal, exceeded with 2.5 %. */
const Z = 1.959963984540054;
const TAIL = 0.025;

export interface Share {
  count: number;
  of: number;
  /** NaN of none. */
  ratio: number;
  lower: number;
  upper: number;
}

/** Score interval of Wilson (Probable inference, Journal of the American Statistical Association 22, 1927). */
export function wilson(count: number, of: number): Share {
  if (of === 0) return { count, of, ratio: Number.NaN, lower: 0, upper: 1 };
  const ratio = count / of;
  const shrink = 1 + Z ** 2 / of;
  const centre = (ratio + Z ** 2 / (2 * of)) / shrink;
  const half = (Z / shrink) * Math.sqrt((ratio * (1 - ratio)) / of + Z ** 2 / (4 * of ** 2));
  return { count, of, ratio, lower: count === 0 ? 0 : centre - half, upper: count === of ? 1 : centre + half };
}

/** Interval of Clopper and Pearson (Biometrika 26, 1934) from quantiles of the beta distribution: never too narrow, however few the cases. */
export function clopperPearson(count: number, of: number): Share {
  if (of === 0) return { count, of, ratio: Number.NaN, lower: 0, upper: 1 };
  return {
    count,
    of,
    ratio: count / of,
    lower: count === 0 ? 0 : betaQuantile(TAIL, count, of - count + 1),
    upper: count === of ? 1 : betaQuantile(1 - TAIL, count + 1, of - count),
  };
}

/** By bisection of the distribution function; 60 halvings are below the precision of a double. */
function betaQuantile(p: number, a: number, b: number): number {
  let [low, high] = [0, 1];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (betaCdf(middle, a, b) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
