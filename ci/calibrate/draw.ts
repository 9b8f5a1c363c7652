// Draws recorded pairs again: blocks of consecutive pairs with replacement, so that pairs that share a moment stay together. Pure.
import type { Random } from '../../loadtests/workload/random.ts';

/**
 * An endless sequence of recorded values by the circular block bootstrap (Politis and Romano 1992): a block begins at any
 * value with equal chance, has `length` consecutive values, and goes on at the first one behind the last. So every value
 * is drawn equally often, and neighbours in time stay neighbours.
 */
export function blocksOf<T>(values: readonly T[], length: number, random: Random): () => T {
  if (values.length === 0) throw new RangeError('nothing to draw from');
  let at = 0;
  let left = 0;
  return () => {
    if (left === 0) {
      at = Math.floor(random() * values.length);
      left = length;
    }
    left--;
    return values[at++ % values.length]!;
  };
}
