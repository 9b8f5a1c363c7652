// How long a system needs to be itself again after a spike: windows of a run in, the time to recover out. Pure.

/** A quantile of the response times of one window; undefined without a request. */
export interface Level {
  /** From the start of the plan. */
  startMs: number;
  ms: number | undefined;
}

export interface Recovery {
  /** What the quantile has to stay at or under to be recovered. */
  limitMs: number;
  /** From the start of the recover phase to the start of the first window from which on it stays; undefined when it never does. */
  afterMs?: number;
}

/** Width of the steady band in standard deviations of a window: 1 in 30,000 normal ones lies above. */
const WIDTH = 4;
/** Makes a median absolute deviation a standard deviation (normal values). */
const MAD_TO_SD = 1.4826;
const LEAST_SHARE = 0.1;

const median = (values: number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
};

/**
 * Upper edge of the band in which windows lie when nothing happens: their median plus four robust standard deviations
 * (1.4826 times the median absolute deviation), and at least 10 % above the median.
 * Undefined with fewer than five windows, or when most of them had requests that were never answered.
 */
export function steadyLimit(steady: readonly Level[]): number | undefined {
  const values = steady.flatMap(({ ms }) => (ms === undefined ? [] : [ms]));
  if (values.length < 5) return undefined;
  const middle = median(values);
  if (!Number.isFinite(middle)) return undefined;
  const deviation = MAD_TO_SD * median(values.map((value) => Math.abs(value - middle)));
  return middle + Math.max(WIDTH * deviation, LEAST_SHARE * middle);
}

/**
 * Time to recover is the settling time of control theory: from the end of the spike (the start of the recover phase) to
 * the start of the first window from which on every window, to the end of the phase, stays at or under the limit.
 * A system that dips below and exceeds again has not recovered. Exact to one window.
 *
 *    ms |   .-.                          after = t1 - t0
 *       |  /   \   .
 * limit |-/-----\-/-\------------------
 *       |/       '   '--..___..--.____
 *       |________|_______|____________ time
 *                t0      t1
 *
 * @param levels windows of the recover phase in order; one without a request says nothing
 */
export function recoveryOf(levels: readonly Level[], phaseFromMs: number, limitMs: number): Recovery {
  const seen = levels.filter(({ ms }) => ms !== undefined);
  const lastAbove = seen.findLastIndex(({ ms }) => ms! > limitMs);
  const first = seen[lastAbove + 1];
  if (!first) return { limitMs };
  return { limitMs, afterMs: Math.max(0, first.startMs - phaseFromMs) };
}
