// Bad events of days as they may come, by shape: a seeded generator in, counts out. What the forecast is tried on. Pure.
import type { Random } from '../../loadtests/workload/random.ts';
import { poissonCounts } from '../simulate/poisson.ts';

type Shape = (random: Random, days: number) => number[];

const WEEK = [30, 28, 26, 24, 30, 6, 3];
function series(days: number, mean: (day: number) => number, random: Random): number[] {
  const count = poissonCounts(random);
  return Array.from({ length: days }, (_, day) => count(mean(day)));
}

export const SHAPES: Record<string, Shape> = {
  /** The same every day. */
  steady: (random, days) => series(days, () => 20, random),
  /** Academies: full on weekdays, nearly empty at the weekend. */
  weekly: (random, days) => {
    const first = Math.floor(random() * 7);
    return series(days, (day) => WEEK[(day + first) % 7]!, random);
  },
  /** A few a day, and every fourth day something breaks: lognormal, half of them above 33. */
  bursty: (random, days) =>
    series(days, () => 3, random).map(
      (count) => count + (random() < 0.25 ? Math.round(Math.exp(3.5 + 0.7 * normal(random))) : 0),
    ),
  /** Up or down by up to 2 % a day. */
  drifting: (random, days) => {
    const perDay = 0.02 * (random() * 2 - 1);
    return series(days, (day) => 20 * Math.exp(perDay * day), random);
  },
};

/** Standard normal. G. E. P. Box and M. E. Muller, "A note on the generation of random normal deviates" (1958). */
const normal = (random: Random) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
