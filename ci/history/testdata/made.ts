// Made-up histories of known truth, for tests: series with steps at known places, records with chosen levels.
import { normals } from '../../gate/testdata/pairs.ts';
import type { HistoryRecord } from '../record.ts';

/** Noise of sd 1 from a seed, plus a level. @param levels `[from index, level]` in rising order */
export function stepped(
  seed: number,
  length: number,
  levels: readonly (readonly [from: number, level: number])[],
): number[] {
  const next = normals(seed);
  const levelAt = (index: number) => levels.filter(([from]) => from <= index).at(-1)?.[1] ?? 0;
  return Array.from({ length }, (_, index) => levelAt(index) + next());
}

const DAY_MS = 86_400_000;

/** A commit's name from its place in the history. */
export const commitName = (index: number) => index.toString(16).padStart(40, '0');

/** One record a level of `response-p95`, against `base` or, without one, against the commit before. */
export function madeRecords(
  logRatios: readonly number[],
  options: { base?: string; first?: number } = {},
): HistoryRecord[] {
  return logRatios.map((logRatio, i) => {
    const index = (options.first ?? 1) + i;
    const at = new Date(Date.UTC(2026, 0, 1) + index * DAY_MS).toISOString();
    return {
      schema: 'amsperf/history/v1',
      id: `${commitName(index)}@${index}`,
      commit: commitName(index),
      committedAt: at,
      base: options.base ?? commitName(index - 1),
      run: String(index),
      measuredAt: at,
      verdict: 'PASS',
      pairs: 9,
      machine: '2 x a processor',
      workload: 'abc',
      metrics: { 'response-p95': { base: 12, head: 12 * Math.exp(logRatio), logRatio, scatter: 0.06 } },
    };
  });
}
