// The figures that the project wants to reach, and what the table shows of each. Pure.

import { scaledKind } from './figures.ts';
import type { Share } from './intervals.ts';
import { AA } from './kinds.ts';
import type { Neighbours } from './recording.ts';
import type { Cell, EqualDetection, Goal } from './table.ts';

const percent = (ratio: number) => `${(ratio * 100).toFixed(1)} %`;
const minutes = (seconds: number) => `${(seconds / 60).toFixed(1)} min`;

/** Goals about time: of all gates that end before the cap, the middle one, and the cap itself. */
const MEDIAN_SECONDS = 4 * 60;
const CAP_SECONDS = 10 * 60;

export function goalsOf(cells: readonly Cell[], equalDetection: readonly EqualDetection[]): Goal[] {
  const cell = (neighbours: Neighbours, kind: string) =>
    cells.find((one) => one.neighbours === neighbours && one.kind === kind);
  const atMost = (neighbours: Neighbours, limit: number): Goal => {
    const share = cell(neighbours, AA)?.ours.regression;
    return goal(
      `false blocks, ${neighbours} neighbours`,
      `at most ${percent(limit)}`,
      share,
      (ratio) => ratio <= limit,
    );
  };
  const atLeast = (kind: string, limit: number): Goal => {
    const share = cell('quiet', kind)?.ours.regression;
    return goal(`${kind} found, quiet neighbours`, `at least ${percent(limit)}`, share, (ratio) => ratio >= limit);
  };
  const quiet = cell('quiet', AA)?.ours.seconds;
  return [
    atMost('quiet', 0.01),
    atMost('busy', 0.02),
    atLeast(scaledKind(1.2), 0.9),
    atLeast(scaledKind(1.1), 0.7),
    atLeast('cpu:5%', 0.95),
    atLeast('query:1', 0.95),
    atLeast('query:1:mongodb', 0.95),
    {
      goal: 'time to verdict on equal builds, median / largest',
      target: `${minutes(MEDIAN_SECONDS)} / ${minutes(CAP_SECONDS)}`,
      reached: quiet ? `${minutes(quiet.median)} / ${minutes(quiet.largest)}` : 'not recorded',
      met: quiet ? quiet.median <= MEDIAN_SECONDS && quiet.largest <= CAP_SECONDS : null,
    },
    rivalsWorse(equalDetection.filter(({ kind }) => kind === scaledKind(1.2))),
  ];
}

function goal(name: string, target: string, share: Share | undefined, isMet: (ratio: number) => boolean): Goal {
  if (!share || share.of === 0) return { goal: name, target, reached: 'not recorded', met: null };
  return { goal: name, target, reached: percent(share.ratio), met: isMet(share.ratio) };
}

function rivalsWorse(compared: readonly EqualDetection[]): Goal {
  const worse = compared.filter(({ ours, falseBlocks }) => falseBlocks.ratio > ours.falseBlocks.ratio);
  return {
    goal: 'rivals that block more equal builds at equal detection',
    target: 'each',
    reached: compared.length === 0 ? 'not recorded' : `${worse.length} of ${compared.length}`,
    met: compared.length === 0 ? null : worse.length === compared.length,
  };
}
