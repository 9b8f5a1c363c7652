// From records to series: the level of a metric at each commit, as the gates measured it. Pure.
import { mean } from '../gate/statistics.ts';
import type { HistoryRecord } from './record.ts';

/** One gate of one commit. Levels are logarithms of the ratio to the first base: 0.05 is 5 % more, nearly. */
export interface Point {
  commit: string;
  committedAt: string;
  base: string;
  /** As measured, in the metric's unit. */
  head: number;
  level: number;
  /** ln(head / base) of this gate alone, and its standard error; null when there was one pair only. */
  step: number;
  stepError: number | null;
}

/**
 * Neighbours that were measured in the same way.
 * `reference`: all against one build; each level has the error of one gate, so means of levels find the slowest creep.
 * `chain`: each against the build before; levels add up errors, so it is the steps whose mean is judged.
 */
export interface Stretch {
  kind: 'reference' | 'chain';
  points: Point[];
  /** The first base has no level of its own: nothing says how it compares with what stands before. */
  isCut: boolean;
}

export interface Series {
  metric: string;
  stretches: Stretch[];
}

/** The series of every metric, in the order in which the metrics first appear. @param records in the order of their commits */
export function toSeries(records: readonly HistoryRecord[]): Series[] {
  const metrics = [...new Set(records.flatMap((record) => Object.keys(record.metrics)))];
  return metrics.map((metric) => ({ metric, stretches: stretchesOf(metric, records) }));
}

function stretchesOf(metric: string, records: readonly HistoryRecord[]): Stretch[] {
  const gates = gatesOf(metric, records);
  const stretches: Stretch[] = [];
  const levels = new Map<string, number>();
  for (const [index, gate] of gates.entries()) {
    const before = gates[index - 1];
    const isReference = gate.base === before?.base || gate.base === gates[index + 1]?.base;
    const baseLevel = levels.get(gate.base);
    const point: Point = { ...gate, level: (baseLevel ?? 0) + gate.step };
    if (baseLevel === undefined) levels.set(gate.base, 0);
    // A reference build measured again keeps the level that the others stand on.
    if (!levels.has(gate.commit)) levels.set(gate.commit, point.level);
    const last = stretches.at(-1);
    const continues = isReference
      ? last?.kind === 'reference' && before?.base === gate.base
      : last?.kind === 'chain' && baseLevel !== undefined;
    if (last && continues) last.points.push(point);
    else {
      const isCut = stretches.length > 0 && baseLevel === undefined;
      stretches.push({ kind: isReference ? 'reference' : 'chain', points: [point], isCut });
    }
  }
  return stretches;
}

/** What was measured of each commit against each base; several runs of the same comparison are one, their mean. */
function gatesOf(metric: string, records: readonly HistoryRecord[]): Omit<Point, 'level'>[] {
  const measured = records.filter((record) => record.metrics[metric]);
  const runs = Map.groupBy(measured, ({ commit, base }) => `${commit} ${base}`);
  return [...runs.values()].map((same) => {
    const { commit, committedAt, base } = same[0]!;
    const figures = same.map((record) => ({ ...record.metrics[metric]!, pairs: record.pairs }));
    const isKnown = figures.every(({ scatter }) => scatter !== null);
    const squares = figures.reduce((sum, { scatter, pairs }) => sum + (scatter ?? 0) ** 2 / pairs, 0);
    return {
      commit,
      committedAt,
      base,
      head: Math.exp(mean(figures.map(({ head }) => Math.log(head)))),
      step: mean(figures.map(({ logRatio }) => logRatio)),
      stepError: isKnown ? Math.sqrt(squares) / same.length : null,
    };
  });
}
