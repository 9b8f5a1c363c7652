// The absolute limits: the same objectives that alerts use, judged on everything that the head arm did.
import { type Judged, judgeObjectives, type Target } from '../../loadtests/run/objectives.ts';
import type { ObjectiveRow } from './result.ts';
import type { Turn } from './turn.ts';

/** One row an objective, good and total counts added up over the turns. Availability has no probe here and is left out. */
export function objectivesOf(turns: readonly Turn[], objectives: Target[]): ObjectiveRow[] {
  const judged = turns.flatMap((turn) => judgeObjectives(turn.folded, objectives));
  return objectives.flatMap((objective) => {
    const own = judged.filter((one) => one.name === objective.name);
    if (own.length === 0) return [];
    const sum = (count: (one: Judged) => number) => own.reduce((total, one) => total + count(one), 0);
    const [good, total] = [sum((one) => one.good), sum((one) => one.total)];
    const actual = good / total;
    const within = objective.thresholdSeconds === undefined ? 'succeeded' : `within ${objective.thresholdSeconds} s`;
    return [
      {
        name: objective.displayName ?? objective.name,
        target: objective.target,
        actual,
        met: actual >= objective.target,
        detail: `${good} of ${total} requests ${within}`,
      },
    ];
  });
}
