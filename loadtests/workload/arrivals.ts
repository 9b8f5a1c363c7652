// When requests arrive: drawn beforehand from a rate curve, Poisson or even. Milliseconds in, milliseconds out. Pure.
import type { RatePoint } from './plan.ts';
import type { Random } from './random.ts';

/** At random, as people who do not know of each other; or at even distances in expected arrivals, with no scatter of their own. */
export const ARRIVALS = ['poisson', 'even'] as const;
export type ArrivalKind = (typeof ARRIVALS)[number];

/**
 * Arrival times in [0, durationMs) of a Poisson process with a constant rate: gaps are exponential,
 * gap = -ln(1 - U) / rate (Knuth, TAOCP 2, 3.4.1 D; 1 - U is never 0).
 */
export function poisson(random: Random, ratePerSecond: number, durationMs: number): number[] {
  return [...poissonOf(random, (expected) => (expected / ratePerSecond) * 1000, durationMs)];
}

/**
 * Arrival times in [0, durationMs) of a Poisson process with any rate curve, by the inverse of the curve's integral
 * (Cinlar, Introduction to Stochastic Processes, 1975, 4.7): unit-rate arrivals S1 < S2 < ... become inverse(S1), inverse(S2), ...
 *
 *   expected  |            ________   inverse(n) = the time by which the curve
 *   arrivals  |        .-''           has made n arrivals expected
 *        S2 --|------/
 *        S1 --|---/  |
 *             |_/_|__|___________ time
 *
 * @param inverse milliseconds by which `expected` arrivals are expected; increasing
 */
export function* poissonOf(
  random: Random,
  inverse: (expected: number) => number,
  durationMs: number,
): Generator<number> {
  for (let expected = 0; ; ) {
    expected -= Math.log(1 - random());
    const atMs = inverse(expected);
    if (!(atMs < durationMs)) return;
    yield atMs;
  }
}

/** Arrival times in [0, durationMs) without chance: the n-th comes when n - 1/2 arrivals are expected. */
export function* evenOf(inverse: (expected: number) => number, durationMs: number): Generator<number> {
  for (let n = 1; ; n++) {
    const atMs = inverse(n - 0.5);
    if (!(atMs < durationMs)) return;
    yield atMs;
  }
}

/** Arrivals that a rate curve makes expected between its first and its last point: the area under it. */
export function expectedOf(rates: readonly RatePoint[]): number {
  let sum = 0;
  for (let i = 1; i < rates.length; i++) sum += areaOf(rates[i - 1]!, rates[i]!);
  return sum;
}

const areaOf = (from: RatePoint, to: RatePoint) =>
  ((from.ratePerSecond + to.ratePerSecond) / 2) * ((to.atMs - from.atMs) / 1000);

/**
 * The inverse of the integral of a rate curve, for `poissonOf` and `evenOf`; behind its last point nothing is expected any
 * more (Infinity). Within a segment of length T from rate a to rate b, n(t) = a t + (b - a) t^2 / 2T, so
 * t = 2n / (a + sqrt(a^2 + 2 n (b - a) / T)), the form of the quadratic's root that divides by nothing small
 * (Press et al., Numerical Recipes, 5.6).
 * @param rates piecewise linear, in the order of time, rates of 0 or above
 */
export function inverseOf(rates: readonly RatePoint[]): (expected: number) => number {
  const sums = [0];
  for (let i = 1; i < rates.length; i++) sums.push(sums[i - 1]! + areaOf(rates[i - 1]!, rates[i]!));
  return (expected) => {
    if (expected > sums[sums.length - 1]!) return Number.POSITIVE_INFINITY;
    // The first point by which so many are expected: the end of the segment that is asked for.
    let low = 1;
    let high = sums.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! >= expected) high = middle;
      else low = middle + 1;
    }
    const [from, to] = [rates[low - 1]!, rates[low]!];
    const left = expected - sums[low - 1]!;
    if (left <= 0) return from.atMs;
    const [a, b] = [from.ratePerSecond, to.ratePerSecond];
    const seconds = (to.atMs - from.atMs) / 1000;
    const root = Math.sqrt(Math.max(0, a * a + (2 * left * (b - a)) / seconds));
    return Math.min(to.atMs, from.atMs + ((2 * left) / (a + root)) * 1000);
  };
}
