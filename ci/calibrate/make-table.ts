// Recordings into the table: cells, comparisons and goals, with the facts of what was recorded. Pure but for the time it is given.
import type { Rule } from '../gate/decide.ts';
import { RULE } from '../gate/defaults.ts';
import { cellsOf } from './cells.ts';
import { BLOCK_PAIRS, HISTORY_RUNS } from './defaults.ts';
import { goalsOf } from './goals.ts';
import type { Neighbours, Recorded } from './recording.ts';
import type { Rival } from './rivals.ts';
import type { CalibrationTable, RecordingFacts } from './table.ts';

export interface TableOptions {
  madeAt: Date;
  commit: string;
  rule: Rule;
  rivals: readonly Rival[];
  gates: number;
  seed: number;
  onCell?(neighbours: Neighbours, kind: string): void;
}

/** @param recorded pairs of one machine and load; those of each kind of neighbours in the order of recording */
export function makeTable(recorded: readonly Recorded[], options: TableOptions): CalibrationTable {
  const { madeAt, commit, rule, rivals, gates, seed, onCell } = options;
  const parts = [...Map.groupBy(recorded, ({ neighbours }) => neighbours)];
  const replayed = parts.map(([neighbours, pairs]) =>
    cellsOf(pairs, {
      ...{ rule, rivals, gates, seed, blockPairs: BLOCK_PAIRS },
      ...(onCell && { onCell: (kind) => onCell(neighbours, kind) }),
    }),
  );
  const cells = replayed.flatMap((part) => part.cells);
  const equalDetection = replayed.flatMap((part) => part.equalDetection);
  return {
    schema: 'amsperf/calibration/v1',
    madeAt: madeAt.toISOString(),
    commit,
    rule: { ...rule, falseAlarm: RULE.falseAlarm, falsePass: RULE.falsePass },
    recordings: parts.map(([neighbours, pairs]) => factsOf(neighbours, pairs)),
    replay: { gates, blockPairs: BLOCK_PAIRS, seed, historyRuns: HISTORY_RUNS },
    rivals: rivals.map(({ name, source }) => ({ name, source })),
    cells,
    equalDetection,
    goals: goalsOf(cells, equalDetection),
  };
}

function factsOf(neighbours: Neighbours, pairs: readonly Recorded[]): RecordingFacts {
  const last = pairs.at(-1)!;
  const byKind = [...Map.groupBy(pairs, ({ kind }) => kind)].map(([kind, own]) => [
    kind,
    { recorded: own.length, trusted: own.filter(({ invalid }) => invalid.length === 0).length },
  ]);
  return {
    neighbours,
    from: pairs[0]!.at,
    to: last.at,
    commits: [...new Set(pairs.map(({ commit, dirty }) => `${commit.slice(0, 10)}${dirty ? ' with changes' : ''}`))],
    machine: last.machine,
    load: last.load,
    pairs: Object.fromEntries(byKind),
  };
}
