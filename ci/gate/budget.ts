// Whether another pair fits into the time of a gate: the time that is left and the longest pair so far in. Pure.
import { CONFIRM, PAIR } from './defaults.ts';

/** Seconds that the audit and the reports take at the end. */
const END_MS = 10_000;

/**
 * Whether another pair fits so that a confirmation may still follow it.
 * @param leftMs until the verdict has to be there
 * @param pairMs what the longest pair so far took, starts and ends of the servers included
 */
export function anotherFits(leftMs: number, pairMs: number): boolean {
  const overheadMs = Math.max(0, pairMs - PAIR.warmUpMs - PAIR.measuredMs);
  const turnsMs = overheadMs + PAIR.warmUpMs + 2 * CONFIRM.slices * (CONFIRM.sliceMs + CONFIRM.gapMs);
  return leftMs >= pairMs + turnsMs + END_MS;
}
