// Statistics of paired log ratios: pure functions, each with its source. Log ratios go in, log ratios come out.
import tQuantile from '@stdlib/stats-base-dists-t-quantile';

/** Degrees of freedom at which t is the normal distribution to eight digits. */
const NORMAL = 1e9;

/** Arithmetic mean; NaN of nothing. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample standard deviation (divisor n - 1). */
export function standardDeviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/** ln(head / base): symmetric, and its exponential minus one is the effect as a ratio. */
export function logRatio(base: number, head: number): number {
  return Math.log(head / base);
}

/** Effect as a ratio (0.1 = 10 % more) of a log ratio. */
export function toRatio(log: number): number {
  return Math.expm1(log);
}

/** Upper quantile of Student's t: exceeded with probability `level`. */
export function tUpper(level: number, degreesOfFreedom: number): number {
  return tQuantile(1 - level, degreesOfFreedom);
}

/**
 * One-sided lower and upper confidence bounds of the mean, each at its own level (Student 1908).
 * @param levels chance that the true mean lies beyond the bound
 */
export function bounds(values: readonly number[], levels: { below: number; above: number }) {
  const error = standardDeviation(values) / Math.sqrt(values.length);
  const centre = mean(values);
  return {
    lower: centre - tUpper(levels.below, values.length - 1) * error,
    upper: centre + tUpper(levels.above, values.length - 1) * error,
  };
}

/**
 * Smallest true mean that a one-sided test of n values tells from zero with the given power, in the unit of the values:
 *
 *   (t (1 - 1/4v) + z sqrt(1 + t^2/2v)) sd / sqrt(n),   v = n - 1, t exceeded with `level`, z with 1 - power
 *
 * which is the power of the t test solved for the effect, with the normal approximation of the noncentral t
 * (Johnson and Welch 1940; Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.10).
 */
export function minimumDetectableEffect(values: readonly number[], level: number, power: number): number {
  const degrees = values.length - 1;
  const t = tUpper(level, degrees);
  const noncentrality = t * (1 - 1 / (4 * degrees)) + tUpper(1 - power, NORMAL) * Math.sqrt(1 + t ** 2 / (2 * degrees));
  return (noncentrality * standardDeviation(values)) / Math.sqrt(values.length);
}

/**
 * Pairs at which a sequential gate may decide: the planned looks below the cap, one every `every` pairs after them, and the cap.
 */
export function looksUpTo(cap: number, planned: readonly number[], every: number): number[] {
  const looks = planned.filter((look) => look < cap);
  for (let look = planned.at(-1)! + every; look < cap; look += every) looks.push(look);
  return [...looks, cap];
}

/**
 * Part of an error chance that may be spent at each look.
 *
 * Spent up to pair n: (n / cap)^power, the power family of Kim and DeMets (Biometrika 74, 1987, after Lan and DeMets 1983).
 * Each look is tested at its own increment, so by Boole's inequality the chances add up to the whole at most, whatever
 * the dependence between looks, and each t test keeps its exact level with an unknown variance. The usual boundaries,
 * which use the dependence, assume a known variance and are too wide open at 4 pairs.
 * @returns one share a look; they add up to 1
 */
export function spendingShares(looks: readonly number[], power: number): number[] {
  const cap = looks.at(-1)!;
  return looks.map((look, i) => (look / cap) ** power - ((looks[i - 1] ?? 0) / cap) ** power);
}
