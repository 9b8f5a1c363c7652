// How much counters grew in each step: exact, where `increase()` extrapolates and misses the first event of a new series.
import { labelsText } from '../source/client.ts';
import type { Series, Source } from '../source/source.ts';
import { runsOf, type Step } from './steps.ts';

export interface Growth {
  labels: Record<string, string>;
  /** Events in each step. */
  perStep: Float64Array;
}

export interface Growths {
  series: Growth[];
  /** Index of the first step in which anything was known: -1 when before them, undefined when never. */
  knownFrom: number | undefined;
  /** How often a counter began again. */
  resets: number;
}

/** A week of hours in one query. */
const RUN = 168;
/** The last sample before a step counts, however late the first one inside comes. */
const BEFORE_SECONDS = 300;

/** A range that holds neither end twice, in Prometheus 2 (closed ranges) as in 3 (left-open ones). */
const rangeMs = (seconds: number) => `${Math.round(seconds * 1000) - 1}ms`;

interface Track {
  labels: Record<string, string>;
  perStep: Float64Array;
  /** The last value seen. */
  last: number | undefined;
}

/**
 * The growth of every series of a selector in each of the steps, which follow each other without gaps.
 *
 * Between two steps' last samples a counter grew by their difference. Where `resets()` sees a reset, the raw samples of that step
 * are added up. A series that appears began at 0 when its process began after the first step did, or when its instance was
 * known before: Prometheus scraped it and there was no such event yet. Otherwise what it had counted before is not ours.
 * A restart inside a gap of more than five minutes is seen only when the counter came back lower.
 * @param witness a selector of series that show that an instance was scraped, such as `up{job="api"}`
 */
export async function growthOf(
  source: Source,
  selector: string,
  steps: readonly Step[],
  witness?: string,
): Promise<Growths> {
  const [first] = steps;
  const growths: Growths = { series: [], knownFrom: undefined, resets: 0 };
  if (!first) return growths;
  const tracks = new Map<string, Track>();
  const instances = new Set<string>();
  const at = (query: string, seconds: number) => source.instant(query, seconds);

  for (const { labels, samples } of await at(`last_over_time(${selector}[${BEFORE_SECONDS}s])`, first.fromSeconds)) {
    tracks.set(keyOf(labels), { labels, perStep: new Float64Array(steps.length), last: samples.at(-1)![1] });
    instances.add(instanceOf(labels));
    growths.knownFrom = -1;
  }
  if (witness) {
    const scraped = await at(`max_over_time(${witness}[${BEFORE_SECONDS}s]) > 0`, first.fromSeconds);
    for (const { labels } of scraped) instances.add(instanceOf(labels));
  }

  for (const run of runsOf(steps, RUN)) {
    const { values, resets, seen } = await askRun(source, selector, run.steps, witness);
    for (const [offset, step] of run.steps.entries()) {
      const index = run.first + offset;
      const fresh = values[offset]!.filter(({ labels }) => tracks.get(keyOf(labels))?.last === undefined);
      const strangers = fresh.filter(({ labels }) => !instances.has(instanceOf(labels)));
      const raw = resets[offset]!.length > 0 || strangers.length > 0 ? await rawOf(source, selector, step) : undefined;
      const born =
        strangers.length > 0 ? await bornAfter(source, first.fromSeconds, step, strangers[0]!.labels) : undefined;
      const again = new Set(resets[offset]!.map(({ labels }) => keyOf(labels)));
      for (const { labels, value } of values[offset]!) {
        growths.knownFrom ??= index;
        const key = keyOf(labels);
        const track = tracks.get(key) ?? { labels, perStep: new Float64Array(steps.length), last: undefined };
        tracks.set(key, track);
        const known = instances.has(instanceOf(labels)) || born?.has(instanceOf(labels));
        const before = track.last ?? (known ? 0 : undefined);
        const samples = again.has(key) || before === undefined ? raw?.get(key) : undefined;
        const { growth, resets: began } = added(before, samples ?? [value]);
        track.perStep[index] = growth;
        growths.resets += began;
        track.last = value;
      }
      for (const { labels } of [...values[offset]!, ...seen[offset]!]) instances.add(instanceOf(labels));
    }
  }
  growths.series = [...tracks.values()].map(({ labels, perStep }) => ({ labels, perStep }));
  return growths;
}

/** What a run of steps of one length needs of each of them: last values, series that were reset, instances that were scraped. */
async function askRun(source: Source, selector: string, steps: readonly Step[], witness?: string) {
  const [first] = steps;
  const seconds = first!.toSeconds - first!.fromSeconds;
  const span = { fromSeconds: first!.toSeconds, toSeconds: steps.at(-1)!.toSeconds, stepSeconds: seconds };
  const ask = async (query: string) => byStep(await source.range(query, span), steps);
  return {
    values: await ask(`last_over_time(${selector}[${rangeMs(seconds)}])`),
    resets: await ask(`resets(${selector}[${rangeMs(seconds + BEFORE_SECONDS)}]) > 0`),
    seen: witness ? await ask(`max_over_time(${witness}[${rangeMs(seconds)}]) > 0`) : steps.map(() => []),
  };
}

/** All values of a step, by series. */
async function rawOf(source: Source, selector: string, step: Step): Promise<Map<string, number[]>> {
  const range = rangeMs(step.toSeconds - step.fromSeconds);
  const found = await source.instant(`${selector}[${range}]`, step.toSeconds);
  return new Map(found.map(({ labels, samples }) => [keyOf(labels), samples.map(([, value]) => value)]));
}

/** Growth over values in the order of time, from a value before them; one that is smaller than its predecessor began at 0. */
export function added(before: number | undefined, values: readonly number[]): { growth: number; resets: number } {
  let [growth, resets] = [0, 0];
  let last = before ?? values[0] ?? 0;
  for (const value of values) {
    if (value < last) resets++;
    growth += value < last ? value : value - last;
    last = value;
  }
  return { growth, resets };
}

/** Instances whose process began after a moment, as they say at the end of a step. */
async function bornAfter(
  source: Source,
  seconds: number,
  step: Step,
  { job }: Record<string, string>,
): Promise<Set<string>> {
  const range = rangeMs(step.toSeconds - step.fromSeconds);
  const selector = `process_start_time_seconds{job=${JSON.stringify(job ?? '')}}`;
  const found = await source.instant(`last_over_time(${selector}[${range}]) >= ${seconds}`, step.toSeconds);
  return new Set(found.map(({ labels }) => instanceOf(labels)));
}

/** `last_over_time` keeps the name and `resets` drops it. */
const keyOf = ({ __name__: _, ...labels }: Record<string, string>) => labelsText(sorted(labels));
const sorted = (labels: Record<string, string>) => Object.fromEntries(Object.entries(labels).sort());
const instanceOf = ({ job = '', instance = '' }: Record<string, string>) => `${job} ${instance}`;

function byStep(series: readonly Series[], steps: readonly Step[]) {
  const ms = (seconds: number) => Math.round(seconds * 1000);
  const ends = new Map(steps.map(({ toSeconds }, index) => [ms(toSeconds), index]));
  const found: { labels: Record<string, string>; value: number }[][] = steps.map(() => []);
  for (const { labels, samples } of series)
    for (const [seconds, value] of samples) found[ends.get(ms(seconds))!]!.push({ labels, value });
  return found;
}
