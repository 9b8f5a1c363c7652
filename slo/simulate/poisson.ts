// How many requests arrive in a stretch of time: a mean and a seeded generator in, a count out. Exact for small and large means.
import type { Random } from '../../loadtests/workload/random.ts';

/** From this mean on a count is drawn by rejection, below it arrival by arrival. */
const LARGE = 10;

/**
 * Counts of a Poisson process in one stretch after the other: give each stretch's mean (0 or more). Arrivals of a process
 * with rate 1 are exponentially far apart (Knuth, TAOCP 2, 3.4.1 D), and what is left of a distance goes on in the next
 * stretch. A long stretch leaves it as it is: a Poisson process has no memory.
 */
export function poissonCounts(random: Random): (mean: number) => number {
  const distance = () => -Math.log(1 - random());
  let left = distance();
  return (mean) => {
    if (mean >= LARGE) return byRejection(random, mean);
    let count = 0;
    for (left -= mean; left <= 0; left += distance()) count++;
    return count;
  };
}

/** One such count by itself. */
export const poissonCount = (random: Random, mean: number) => poissonCounts(random)(mean);

/**
 * Transformed rejection with squeeze (PTRS). W. Hörmann, "The transformed rejection method for generating Poisson random
 * variables", Insurance: Mathematics and Economics 12 (1993), 39-45. For means of 10 and more.
 */
function byRejection(random: Random, mean: number): number {
  const logMean = Math.log(mean);
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const squeeze = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = random() - 0.5;
    const v = random();
    const us = 0.5 - Math.abs(u);
    const count = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= squeeze) return count;
    if (count < 0 || (us < 0.013 && v > us)) continue;
    const logAccept = Math.log(v) + Math.log(inverseAlpha) - Math.log(a / (us * us) + b);
    if (logAccept <= -mean + count * logMean - logFactorial(count)) return count;
  }
}

/** ln(n!): a sum below 10, above it Stirling's series (error below 1e-10). */
export function logFactorial(n: number): number {
  if (n >= 10) {
    const x = n + 1;
    const series = 1 / (12 * x) - 1 / (360 * x ** 3) + 1 / (1260 * x ** 5);
    return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
  }
  let sum = 0;
  for (let k = 2; k <= n; k++) sum += Math.log(k);
  return sum;
}

/**
 * 95 % interval of the mean of a Poisson count of which one value was seen: both tails 2.5 %.
 * F. Garwood, "Fiducial limits for the Poisson distribution", Biometrika 28 (1936), 437-442.
 */
export function poissonInterval(seen: number): [lower: number, upper: number] {
  const meanWith = (atMost: number, chance: number) => {
    let [low, high] = [0, seen + 10 * Math.sqrt(seen + 1) + 10];
    for (let i = 0; i < 60; i++) {
      const mean = (low + high) / 2;
      if (chanceOfAtMost(atMost, mean) > chance) low = mean;
      else high = mean;
    }
    return (low + high) / 2;
  };
  return [seen === 0 ? 0 : meanWith(seen - 1, 0.975), meanWith(seen, 0.025)];
}

function chanceOfAtMost(n: number, mean: number): number {
  let sum = 0;
  for (let k = 0; k <= n; k++) sum += Math.exp(k * Math.log(mean) - mean - logFactorial(k));
  return sum;
}
