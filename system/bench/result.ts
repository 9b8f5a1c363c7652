// What a benchmark gives: every round's figure of ours and of each rival, the ratios, and whether the goals are met. Pure.
import type { Progress } from '../../cli/progress.ts';

/** What a benchmark is started with; each exports `run(options): Promise<BenchResult>` from its `bench.ts`. */
export interface BenchOptions {
  /** Rounds; in each, ours and every rival are measured once, in an order that changes. */
  rounds: number;
  /** Where logs go. */
  dir: string;
  progress: Progress;
  /** Aborted by Ctrl-C: everything started must end. */
  signal?: AbortSignal;
}

/** Ours over theirs: of the medians, and the smallest and largest of the rounds. */
export interface Ratio {
  median: number;
  low: number;
  high: number;
}

/** With `against`, about the ratio to that rival; without, about our own median. Without bounds there is nothing to reach: the figure is only shown. */
export interface Goal {
  against?: string;
  atMost?: number;
  atLeast?: number;
  below?: number;
}

export interface Measured {
  name: string;
  /** What one figure is, for example `ms CPU per request`. */
  unit: string;
  /** One figure a round. */
  ours: number[];
  /** The same of each rival, by its name. */
  rivals: Record<string, number[]>;
  goals: Goal[];
  /** Conditions and explanations for the reader: load, versions, what holds it back. */
  notes: string[];
}

export interface BenchResult extends Omit<Measured, 'goals'> {
  /** Against the first rival; undefined when there is none. */
  ratio: Ratio | undefined;
  ratios: Record<string, Ratio>;
  goals: (Goal & { text: string; met: boolean })[];
  /** All goals as one line. */
  goal: string;
  met: boolean;
}

/** Adds the ratios and the verdict. Throws a RangeError when a rival has not as many figures as ours, or there is none. */
export function judged({ goals, ...measured }: Measured): BenchResult {
  if (measured.ours.length === 0) throw new RangeError(`${measured.name}: no round was measured`);
  const ratios = Object.fromEntries(
    Object.entries(measured.rivals).map(([name, theirs]) => {
      if (theirs.length !== measured.ours.length)
        throw new RangeError(`${measured.name}: ${name} has ${theirs.length} rounds, ours has ${measured.ours.length}`);
      const rounds = measured.ours.map((figure, round) => figure / theirs[round]!);
      return [
        name,
        { median: median(measured.ours) / median(theirs), low: Math.min(...rounds), high: Math.max(...rounds) },
      ];
    }),
  );
  const judgedGoals = goals.map((goal) => {
    const figure = goal.against === undefined ? median(measured.ours) : ratios[goal.against]?.median;
    if (figure === undefined)
      throw new RangeError(`${measured.name}: a goal names "${goal.against}", which did not run`);
    return { ...goal, text: textOf(goal, measured.unit), met: isMet(goal, figure) };
  });
  return {
    ...measured,
    ratio: Object.values(ratios)[0],
    ratios,
    goals: judgedGoals,
    goal: judgedGoals.map((goal) => goal.text).join('; '),
    met: judgedGoals.every((goal) => goal.met),
  };
}

function isMet({ atMost = Infinity, atLeast = -Infinity, below = Infinity }: Goal, figure: number): boolean {
  return figure <= atMost && figure >= atLeast && figure < below;
}

function textOf({ against, atMost, atLeast, below }: Goal, unit: string): string {
  const bounds = [
    atMost !== undefined && `at most ${atMost}`,
    atLeast !== undefined && `at least ${atLeast}`,
    below !== undefined && `below ${below}`,
  ].filter(Boolean);
  const bound = bounds.join(' and ') || 'shown';
  return against === undefined ? `${bound} ${unit}` : `${bound}x ${against}`;
}

export function median(figures: number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
