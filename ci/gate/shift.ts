// Where it got slower: the shift function over the distribution, and the journey steps, each with a simultaneous band. Pure.
import type { ArmTurn, Pair } from './metrics.ts';
import { bounds, logRatio, mean, toRatio } from './statistics.ts';

/** Effects as ratios; the band holds for all rows of a table at once with a chance of 0.95. */
export interface Shift {
  base: number;
  head: number;
  estimate: number;
  /** null with fewer than 2 pairs. */
  lower: number | null;
  upper: number | null;
}

/** Response time at one share of the requests. */
export interface ShiftRow extends Shift {
  share: number;
}

/** Geometric mean of the response times of one journey step. */
export interface StepRow extends Shift {
  step: string;
  /** Of each arm, over all pairs. */
  requests: number;
  /** The whole band is above zero. */
  isSlower: boolean;
}

/** Chance that any row of a table lies outside of its band. */
const OUTSIDE = 0.05;

const SHARES: [share: number, of: (turn: ArmTurn) => number][] = [
  [0.5, (turn) => turn.responseP50Ms],
  [0.75, (turn) => turn.responseP75Ms],
  [0.9, (turn) => turn.responseP90Ms],
  [0.95, (turn) => turn.responseP95Ms],
  [0.99, (turn) => turn.responseP99Ms],
];

/**
 * The shift function (Doksum, Annals of Statistics 2, 1974) as log ratios of quantiles, averaged over the pairs. The band is Bonferroni's
 * over the rows of Student's t over the pairs, because requests of one start are no independent values.
 */
export function shiftOf(pairs: readonly Pair[]): ShiftRow[] {
  if (pairs.length === 0) return [];
  return SHARES.map(([share, of]) => ({ share, ...shift(pairs, of, SHARES.length) }));
}

/** One row a step that both arms carried out in every pair, slowest change first. */
export function stepsOf(pairs: readonly Pair[]): StepRow[] {
  const names = Object.keys(pairs[0]?.base.steps ?? {}).filter((step) =>
    pairs.every(({ base, head }) => base.steps[step] && head.steps[step]),
  );
  const rows = names.map((step): StepRow => {
    const row = shift(pairs, (turn) => turn.steps[step]!.typicalMs, names.length);
    const requests = pairs.reduce((sum, { head }) => sum + head.steps[step]!.requests, 0);
    return { step, requests, ...row, isSlower: row.lower !== null && row.lower > 0 };
  });
  return rows.sort((a, b) => b.estimate - a.estimate);
}

function shift(pairs: readonly Pair[], of: (turn: ArmTurn) => number, rows: number): Shift {
  const logs = pairs.map(({ base, head }) => logRatio(of(base), of(head)));
  const typical = (arm: 'base' | 'head') => Math.exp(mean(pairs.map((pair) => Math.log(of(pair[arm])))));
  const values = { base: typical('base'), head: typical('head'), estimate: toRatio(mean(logs)) };
  if (pairs.length < 2) return { ...values, lower: null, upper: null };
  const beyond = OUTSIDE / rows / 2;
  const band = bounds(logs, { below: beyond, above: beyond });
  return { ...values, lower: toRatio(band.lower), upper: toRatio(band.upper) };
}
