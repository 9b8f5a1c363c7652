// Statistics of paired log ratios: pure functions, each with its source. Log ratios go in, log ratios come out.
import tCdf from '@stdlib/stats-base-dists-t-cdf';
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
 * Chance of a mean at least this high when the true one is zero (one-sided t test, Student 1908). Values that are all the
 * same have no scatter to be judged by: 0 above zero, otherwise 1.
 */
export function pValue(values: readonly number[]): number {
  const error = standardDeviation(values) / Math.sqrt(values.length);
  const centre = mean(values);
  if (error === 0) return centre > 0 ? 0 : 1;
  return tCdf(-centre / error, values.length - 1);
}

/**
 * Levels at which Holm's procedure tests each of several hypotheses (A simple sequentially rejective multiple test procedure,
 * Scandinavian Journal of Statistics 6, 1979): the smallest p value at level / m, after its rejection the next at
 * level / (m - 1), and so on; from the first that stands, all at the level of that one. Whatever the dependence between
 * them, the chance of rejecting any true one is at most `level`.
 * @returns one level a p value, in their order: hypothesis i is rejected when p[i] <= the i-th
 */
export function holmLevels(pValues: readonly number[], level: number): number[] {
  const m = pValues.length;
  const order = pValues.map((_, i) => i).sort((a, b) => pValues[a]! - pValues[b]!);
  const levels = Array<number>(m).fill(level / m);
  let stood: number | undefined;
  order.forEach((i, rank) => {
    levels[i] = stood ?? level / (m - rank);
    if (pValues[i]! > levels[i]!) stood ??= levels[i];
  });
  return levels;
}

/** z of Pocock's boundary for 1 to 10 looks, one-sided chance 0.05 (Jennison and Turnbull, Group Sequential Methods, 2000, table 2.1). */
const POCOCK = [1.645, 1.875, 1.992, 2.067, 2.122, 2.164, 2.197, 2.225, 2.249, 2.27];

/**
 * Level of each of so many looks when the chance over all of them is 0.05 and every look is at the same one
 * (Pocock, Biometrika 64, 1977), for equal steps; looks that begin late are more alike, and the chance is then smaller.
 */
export function pocockLevel(looks: number): number {
  const z = POCOCK[looks - 1];
  if (z === undefined) throw new RangeError(`${looks} looks: 1 to ${POCOCK.length} are tabulated`);
  return 1 - tCdf(z, NORMAL);
}

/**
 * Pairs at which a sequential gate may decide: the planned looks below the cap, after them one every `every` pairs or
 * further apart so that there are at most 5, and the cap.
 */
export function looksUpTo(cap: number, planned: readonly number[], every: number): number[] {
  const looks = planned.filter((look) => look < cap);
  const last = planned.at(-1)!;
  const step = Math.max(every, Math.ceil((cap - last) / 5));
  for (let look = last + step; look < cap; look += step) looks.push(look);
  return [...looks, cap];
}

/**
 * Part of an error chance that may be spent at each look.
 *
 * Spent up to pair n: (n / cap)^power, the power family of Kim and DeMets (Biometrika 74, 1987, after Lan and DeMets 1983).
 * Each look is tested at its own increment, so by Boole's inequality the chances add up to the whole at most, whatever
 * the dependence between looks, and each t test keeps its exact level with an unknown variance. The usual boundaries,
 * which use the dependence, assume a known variance and are too wide open at 4 pairs.
 * @param cap pairs at which the whole would be spent; the last look takes all that is left, also when it comes earlier
 * @returns one share a look; they add up to 1
 */
export function spendingShares(looks: readonly number[], power: number, cap = looks.at(-1)!): number[] {
  const spent = (look: number) => (look === looks.at(-1) ? 1 : (look / cap) ** power);
  return looks.map((look, i) => spent(look) - (i === 0 ? 0 : spent(looks[i - 1]!)));
}
