// Choosing one of several with unequal chances: weights of a mix, Zipf skew of tenants and of what is read.
import type { Random } from './random.ts';

/** A function from a uniform number to an index, so that index i comes with chance weights[i] / sum. */
export function weighted(weights: readonly number[]): (random: Random) => number {
  const sums: number[] = [];
  let sum = 0;
  for (const weight of weights) {
    sum += weight;
    sums.push(sum);
  }
  return (random) => {
    const at = random() * sum;
    let low = 0;
    let high = sums.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! > at) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

/** Zipf weights: rank r (from 1) has weight r^-exponent; 0 is uniform, 1 is the classic long tail. */
export function zipf(count: number, exponent: number): number[] {
  return Array.from({ length: count }, (_, index) => (index + 1) ** -exponent);
}

/** Splits `total` into whole parts in proportion to the weights, at least 1 each; the first takes what rounding leaves. */
export function share(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  const parts = weights.map((weight) => Math.max(1, Math.floor((total * weight) / sum)));
  parts[0] = Math.max(1, parts[0]! + total - parts.reduce((a, b) => a + b, 0));
  return parts;
}
