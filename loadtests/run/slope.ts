// Does something grow in the course of a run? A series of readings in, its slope with an interval out. Pure.
import quantileOfT from '@stdlib/stats-base-dists-t-quantile';

export interface Slope {
  /** Change per hour, in the unit of the readings. */
  perHour: number;
  lower: number;
  upper: number;
  /** Mean of the readings: what the change is a share of. */
  mean: number;
  /** Blocks that the line was fitted to. */
  blocks: number;
}

export interface Reading {
  atMs: number;
  value: number;
}

/** Few and long: with 20, readings that keep 0.9 of the one before were covered in 90.5 % of 2,000 series, not 95. */
const MOST_BLOCKS = 10;
const FEWEST_BLOCKS = 8;
/** Readings in a block: so many that what is left of one block in the next does not matter. */
const READINGS_PER_BLOCK = 6;
const HOUR_MS = 3_600_000;

/**
 * The slope of the least squares line through the means of equal blocks of time, with Student's t interval.
 * Readings that follow each other are alike (a heap that fills, a queue that drains), which would make the interval of a
 * line through all of them far too narrow; means of long blocks are nearly independent (method of batch means: Law,
 * Simulation Modeling and Analysis, 5th ed., 9.5.3; slope and its error: Draper, Smith, Applied Regression Analysis, 1.4).
 * Undefined with fewer than 48 finite readings: too short to say.
 * @param confidence two-sided, for example 0.95
 */
export function slopeOf(readings: readonly Reading[], confidence = 0.95): Slope | undefined {
  const finite = readings.filter(({ value }) => Number.isFinite(value));
  const blocks = Math.min(MOST_BLOCKS, Math.floor(finite.length / READINGS_PER_BLOCK));
  if (blocks < FEWEST_BLOCKS) return undefined;
  const points = meansOfBlocks(finite, blocks);
  const n = points.length;
  if (n < FEWEST_BLOCKS) return undefined;
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / n;
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / n;
  const sxx = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  const sxy = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0);
  const slope = sxy / sxx;
  const residual = points.reduce((sum, { x, y }) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0);
  const error = Math.sqrt(residual / (n - 2) / sxx) * quantileOfT((1 + confidence) / 2, n - 2);
  return { perHour: slope, lower: slope - error, upper: slope + error, mean: meanY, blocks: n };
}

/** x in hours. Blocks without a reading are left out. */
function meansOfBlocks(readings: readonly Reading[], blocks: number): { x: number; y: number }[] {
  const first = readings[0]!.atMs;
  const spanMs = (readings.at(-1)!.atMs - first) / blocks || 1;
  const sums = Array.from({ length: blocks }, () => ({ x: 0, y: 0, n: 0 }));
  for (const { atMs, value } of readings) {
    const sum = sums[Math.min(blocks - 1, Math.floor((atMs - first) / spanMs))]!;
    sum.x += atMs / HOUR_MS;
    sum.y += value;
    sum.n++;
  }
  return sums.filter(({ n }) => n > 0).map(({ x, y, n }) => ({ x: x / n, y: y / n }));
}
