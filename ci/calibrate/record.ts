// Records stint after stint until the minutes are over: equal builds and planted slowdowns on this machine, each with its raw times.
import path from 'node:path';
import type { Progress } from '../../cli/progress.ts';
import { scratchDir } from '../../system/local/parts.ts';
import type { ServiceSpec } from '../../system/local/service-spec.ts';
import { whyMore } from '../counters/compare.ts';
import { countArms } from '../counters/count-arms.ts';
import { rehearse } from '../gate/compare.ts';
import { carryOutConfirmation } from '../gate/confirm.ts';
import { carryOutPair, type PairOptions } from '../gate/pair.ts';
import type { Plant } from '../gate/plant/plants.ts';
import { mean } from '../gate/statistics.ts';
import { STINT_PAIRS } from './defaults.ts';
import { AA, nextKind, plantedWord, plantOf } from './kinds.ts';
import { startNeighbours } from './neighbours.ts';
import { type Opened, open } from './open.ts';
import { type Neighbours, type Recorded, SCHEMA } from './recording.ts';
import { appendPair, readRecording } from './store.ts';

export interface RecordOptions {
  file: string;
  kinds: readonly string[];
  neighbours: Neighbours;
  minutes: number;
  seed: number;
  progress: Progress;
  signal: AbortSignal;
}

/**
 * Appends to the file until the minutes are over; the pair under way is finished. Gives every pair of the file that has
 * these neighbours. When `signal` aborts, what is running is ended and the reason thrown; the pairs so far are in the file.
 */
export async function record(spec: ServiceSpec, options: RecordOptions): Promise<Recorded[]> {
  const endsAt = performance.now() + options.minutes * 60_000;
  const isOver = () => performance.now() >= endsAt;
  const pairs = await readRecording(options.file);
  const started = new AsyncDisposableStack();
  try {
    if (options.neighbours === 'busy') started.defer(startNeighbours(`${options.seed}/${pairs.length}`));
    const scratch = await scratchDir();
    started.defer(() => scratch.remove());
    while (!isOver()) {
      options.signal.throwIfAborted();
      await recordStint(spec, options, { dir: scratch.dir, pairs, isOver });
    }
    return pairs.filter(({ neighbours }) => neighbours === options.neighbours);
  } finally {
    await started.disposeAsync();
  }
}

/** As a gate goes: both arms opened, counted, rehearsed, pair after pair, and taking turns at the end. */
async function recordStint(
  spec: ServiceSpec,
  options: RecordOptions,
  { dir, pairs, isOver }: { dir: string; pairs: Recorded[]; isOver(): boolean },
): Promise<void> {
  const { progress, signal, file, neighbours, seed } = options;
  const { kind, plant } = choose(
    pairs.filter((pair) => pair.neighbours === neighbours),
    options.kinds,
  );
  const opening = 1 + (pairs.at(-1)?.opening ?? -1);
  progress.step(`stint ${opening + 1}, ${kind}: parts, schema, data set of both arms`);
  const begun = performance.now();
  const opened = await open(spec, { dir, opening, seed, plant, progress, signal, last: pairs.at(-1), file });
  try {
    const beforeCounters = secondsSince(begun);
    const counted = await countedIn(opened, options);
    const { load, arms } = opened;
    const afterCounters = performance.now();
    await rehearse({ ...load, arms });
    const openSeconds = beforeCounters + secondsSince(afterCounters);
    const at = (attempt: number, what: string): PairOptions => ({
      ...load,
      arms,
      index: attempt - 1,
      plan: load.planOf(attempt),
      lag: load.lagOf(attempt),
      dir: path.join(load.dir, `attempt-${attempt}`),
      onProgress: (count, planned) => progress.tick(`${what}: ${count} of ${planned} requests an arm`),
    });
    for (let n = 1; n <= STINT_PAIRS; n++) {
      const label = `pair ${pairs.length + 1}, ${kind}`;
      const pairBegun = performance.now();
      const { pair, invalid, base, head } = await carryOutPair(at(n, label));
      const seconds = secondsSince(pairBegun);
      const isLast = n === STINT_PAIRS || isOver();
      const recorded: Recorded = {
        schema: SCHEMA,
        at: new Date().toISOString(),
        ...opened.facts,
        kind,
        planted: plantedWord(plant),
        neighbours,
        opening,
        seconds,
        openSeconds,
        pair,
        invalid,
        counted: n === 1 ? counted : null,
        confirmation: isLast ? await byTurns(at(n + 1, `${label}, taking turns`), load.turnsPlanOf(n + 1)) : null,
        samples: { base: base.samples, head: head.samples },
      };
      await appendPair(file, recorded);
      pairs.push(recorded);
      progress.note(`${label}: ${inWords(recorded)}`);
      if (isLast) return;
    }
  } finally {
    await opened.close();
  }
}

/** The kind of this stint, with its share of CPU resolved by the equal builds so far. */
function choose(mine: readonly Recorded[], kinds: readonly string[]): { kind: string; plant: Plant | undefined } {
  const counts = Object.fromEntries(
    [...Map.groupBy(mine, ({ kind }) => kind)].map(([kind, own]) => [kind, own.length]),
  );
  const kind = nextKind(kinds, counts);
  const equal = mine.filter((pair) => pair.kind === AA && pair.invalid.length === 0);
  const cpuMs = equal.length === 0 ? undefined : mean(equal.map(({ pair }) => pair.base.cpuMsPerRequest));
  return { kind, plant: plantOf(kind, cpuMs) };
}

async function countedIn(
  { arms, counting }: Opened,
  { progress, signal }: RecordOptions,
): Promise<Recorded['counted']> {
  const begun = performance.now();
  const counted = await countArms(arms, { ...counting, progress, signal });
  const why = counted.verdict === 'MORE' ? whyMore(counted) : [];
  progress.note(`counters: ${[counted.verdict, ...why].join('; ')}`);
  return { verdict: counted.verdict, why, seconds: secondsSince(begun) };
}

/** The arms taking turns, as after a gate's REGRESSION by response times. */
async function byTurns(options: PairOptions, plan: Parameters<typeof carryOutConfirmation>[0]['plan']) {
  const begun = performance.now();
  const { slices, invalid } = await carryOutConfirmation({ ...options, plan });
  return { slices, invalid, seconds: secondsSince(begun) };
}

const secondsSince = (begunMs: number) => (performance.now() - begunMs) / 1000;

function inWords({ invalid, pair: { base, head } }: Recorded): string {
  if (invalid.length > 0) return `INVALID: ${invalid.join('; ')}`;
  const p95 = `p95 ${base.responseP95Ms.toFixed(1)} and ${head.responseP95Ms.toFixed(1)} ms`;
  return `${p95}, CPU ${base.cpuMsPerRequest.toFixed(2)} and ${head.cpuMsPerRequest.toFixed(2)} ms`;
}
