// When requests arrive: a Poisson process with a constant or a changing rate, drawn beforehand. Milliseconds in, milliseconds out.
import type { Random } from './random.ts';

/**
 * Arrival times in [0, durationMs) of a Poisson process with a constant rate: gaps are exponential,
 * gap = -ln(1 - U) / rate (Knuth, TAOCP 2, 3.4.1 D; 1 - U is never 0).
 */
export function poisson(random: Random, ratePerSecond: number, durationMs: number): number[] {
  return poissonOf(random, (expected) => (expected / ratePerSecond) * 1000, durationMs);
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
export function poissonOf(random: Random, inverse: (expected: number) => number, durationMs: number): number[] {
  const times: number[] = [];
  let expected = 0;
  for (;;) {
    expected -= Math.log(1 - random());
    const atMs = inverse(expected);
    if (atMs >= durationMs) return times;
    times.push(atMs);
  }
}

/**
 * The inverse of the integral of a rate that changes in steps, for `poissonOf`; the last rate goes on for ever.
 * @param phases rate in requests per second for so many milliseconds, in order
 */
export function inverseOfSteps(phases: { ratePerSecond: number; forMs: number }[]): (expected: number) => number {
  return (expected) => {
    let left = expected;
    let atMs = 0;
    for (const [index, { ratePerSecond, forMs }] of phases.entries()) {
      const inPhase = (ratePerSecond * forMs) / 1000;
      if (left <= inPhase || index === phases.length - 1) return atMs + (left / ratePerSecond) * 1000;
      left -= inPhase;
      atMs += forMs;
    }
    return atMs;
  };
}
