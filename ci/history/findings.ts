// What a series says: the commits at which a metric changed for good, and the stretches over which it creeps. Pure.
import { mean, standardDeviation, toRatio, tUpper } from '../gate/statistics.ts';
import { type ChangePointOptions, changePoints, DEFAULTS, pValueOfMean } from './change-points.ts';
import type { Point, Series, Stretch } from './series.ts';

export interface Finding {
  metric: string;
  /** `step`: the level is another one from `to` on. `creep`: the gates from `from` to `to` were a little slower each. */
  kind: 'step' | 'creep';
  /** Last commit before the change, and first with it; of a creep its first base and its last commit. */
  from: string;
  to: string;
  commits: number;
  /** Whole change as a ratio: 0.05 is 5 % more. */
  effect: number;
  /** 95 % interval of it. */
  lower: number;
  upper: number;
  pValue: number;
}

/** The findings of a series in the order of commits. */
export function findingsOf(series: Series, options: Partial<ChangePointOptions> = {}): Finding[] {
  const all = { ...DEFAULTS, ...options };
  return series.stretches.flatMap((stretch) =>
    stretch.kind === 'reference' ? stepsOf(series.metric, stretch, all) : creepsOf(series.metric, stretch, all),
  );
}

function stepsOf(metric: string, { points }: Stretch, options: ChangePointOptions): Finding[] {
  const levels = points.map((point) => point.level);
  const found = changePoints(levels, options);
  return found.map(({ index, before, after, pValue }, i) => {
    const left = levels.slice(found[i - 1]?.index ?? 0, index);
    const right = levels.slice(index, found[i + 1]?.index ?? levels.length);
    const half = halfInterval(left, right);
    return {
      metric,
      kind: 'step',
      from: points[index - 1]!.commit,
      to: points[index]!.commit,
      commits: 1,
      effect: toRatio(after - before),
      lower: toRatio(after - before - half),
      upper: toRatio(after - before + half),
      pValue,
    };
  });
}

/** Stretches of steps with one mean, kept when the mean is surely not zero. A single great step is the gate's to find, not ours. */
function creepsOf(metric: string, { points }: Stretch, options: ChangePointOptions): Finding[] {
  const ends = [
    0,
    ...changePoints(
      points.map((point) => point.step),
      options,
    ).map((each) => each.index),
    points.length,
  ];
  return ends.slice(1).flatMap((end, i): Finding[] => {
    const part = points.slice(ends[i], end);
    const steps = part.map((point) => point.step);
    const pValue = pValueOfMean(steps);
    const total = mean(steps) * steps.length;
    if (!(pValue < options.maxPValue) || Math.abs(total) <= options.minMagnitude) return [];
    const half = tUpper(0.025, steps.length - 1) * standardDeviation(steps) * Math.sqrt(steps.length);
    const [lower, upper] = [toRatio(total - half), toRatio(total + half)];
    const [from, to] = [part[0]!.base, part.at(-1)!.commit];
    return [{ metric, kind: 'creep', from, to, commits: part.length, effect: toRatio(total), lower, upper, pValue }];
  });
}

/** Half of the 95 % interval of the difference of two means with a common variance (Student's t). */
function halfInterval(left: readonly number[], right: readonly number[]): number {
  const squares = (values: readonly number[]) =>
    values.length > 1 ? standardDeviation(values) ** 2 * (values.length - 1) : 0;
  const degrees = left.length + right.length - 2;
  const variance = (squares(left) + squares(right)) / degrees;
  return tUpper(0.025, degrees) * Math.sqrt(variance * (1 / left.length + 1 / right.length));
}

/** Change from the first base to the last commit, as a ratio, over the stretches that hang together. */
export function changeSinceStart(series: Series): number {
  const points: Point[] = [];
  for (const stretch of series.stretches) {
    if (stretch.isCut) points.length = 0;
    points.push(...stretch.points);
  }
  return toRatio(points.at(-1)!.level);
}
