// Which kind of pair comes next in a recording, and what is planted for it. Pure.
import { type Plant, plantWord, readPlant } from '../gate/plant/plants.ts';
import { AA_FIRST, AA_WEIGHT, STINT_PAIRS } from './defaults.ts';
import { failures } from './failures.ts';

export const AA = 'aa';
const CPU_SHARE = /^cpu:(\d+(?:\.\d+)?)%$/;

/** Throws a usage Failure for what is neither equal builds, nor a share of CPU, nor a plant of the gate. */
export function checkKind(kind: string): string {
  if (kind !== AA && !CPU_SHARE.test(kind)) readPlant(kind);
  return kind;
}

/**
 * What is planted for a kind; undefined for equal builds.
 * @param aaCpuMs CPU per request of equal builds in this recording, undefined when there is none yet
 */
export function plantOf(kind: string, aaCpuMs: number | undefined): Plant | undefined {
  if (kind === AA) return undefined;
  const percent = CPU_SHARE.exec(kind)?.[1];
  if (percent === undefined) return readPlant(kind);
  if (aaCpuMs === undefined)
    throw failures.unknownKind(kind, 'a share of CPU needs equal builds in the same recording');
  return { kind: 'cpu', ms: Number(((Number(percent) / 100) * aaCpuMs).toPrecision(3)) };
}

export const plantedWord = (plant: Plant | undefined): string | null => (plant ? plantWord(plant) : null);

/**
 * The kind of the next stint, so that a recording is useful wherever it is cut short: equal builds until there are AA_FIRST
 * pairs, then always the kind that has the fewest for its weight, in the order of the list.
 * @param counts pairs so far by kind
 */
export function nextKind(kinds: readonly string[], counts: Readonly<Record<string, number>>): string {
  const had = (kind: string) => counts[kind] ?? 0;
  if (kinds.includes(AA) && had(AA) < AA_FIRST) return AA;
  const owed = (kind: string) => Math.floor(had(kind) / STINT_PAIRS / (kind === AA ? AA_WEIGHT : 1));
  return kinds.reduce((best, kind) => (owed(kind) < owed(best) ? kind : best));
}
