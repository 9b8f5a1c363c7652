// The time of a month in steps: its hours, cut wherever something begins or ends that is counted apart. Pure.

export interface Step {
  fromSeconds: number;
  toSeconds: number;
}

const HOUR = 3600;

/** Steps of at most an hour between two moments, with a cut at each of `cuts` that lies between them. */
export function stepsOf(fromSeconds: number, toSeconds: number, cuts: readonly number[] = []): Step[] {
  const edges = new Set([fromSeconds, toSeconds]);
  for (let hour = Math.ceil(fromSeconds / HOUR) * HOUR; hour < toSeconds; hour += HOUR) edges.add(hour);
  for (const cut of cuts) if (cut > fromSeconds && cut < toSeconds) edges.add(cut);
  const sorted = [...edges].sort((a, b) => a - b);
  return sorted.slice(1).map((to, index) => ({ fromSeconds: sorted[index]!, toSeconds: to }));
}

/** Neighbouring steps of one length, at most `most` of them: what one range query can ask. */
export function runsOf(steps: readonly Step[], most: number): { first: number; steps: Step[] }[] {
  const runs: { first: number; steps: Step[] }[] = [];
  const length = ({ fromSeconds, toSeconds }: Step) => toSeconds - fromSeconds;
  for (const [index, step] of steps.entries()) {
    const run = runs.at(-1);
    if (run && run.steps.length < most && length(run.steps[0]!) === length(step)) run.steps.push(step);
    else runs.push({ first: index, steps: [step] });
  }
  return runs;
}
