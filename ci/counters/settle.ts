// Waits until the work that a call has set off is done: readings of the counters in, the reading at the end out.
import { setTimeout as sleep } from 'node:timers/promises';
import { between, type Counts } from './counter.ts';
import { DRAIN_WINDOW_MS, DRAIN_WINDOWS, LONGEST_WINDOW_MS, READ_EVERY_MS, STILL_MS } from './defaults.ts';

export interface SettleOptions {
  read(): Promise<Counts>;
  /** Keys that move by themselves. */
  idle: ReadonlySet<string>;
  /** Keys that moved when this step was learnt; absent: it is being learnt, and every window lasts `quietMs` at least. */
  expected?: Set<string>;
  /** So long after a call, work that follows it may begin. */
  quietMs: number;
  signal: AbortSignal;
}

/**
 * Reads until nothing but idle work has moved for a while, and what is expected has come or `quietMs` are over. Expected keys
 * that did not come are forgotten: they were not the step's own.
 * @param before the reading from before the call
 */
export async function settle(before: Counts, options: SettleOptions): Promise<Counts> {
  const { read, idle, expected, quietMs, signal } = options;
  const startMs = performance.now();
  let last = before;
  let movedMs = startMs;
  for (;;) {
    await sleep(READ_EVERY_MS, undefined, { signal });
    const now = await read();
    const nowMs = performance.now();
    if ([...between(last, now).keys()].some((key) => !idle.has(key))) movedMs = nowMs;
    last = now;
    const moved = between(before, now);
    const missing = [...(expected ?? [])].filter((key) => !moved.has(key));
    const isLate = nowMs - startMs >= quietMs;
    const isStill = nowMs - movedMs >= STILL_MS;
    if ((isStill && (isLate || (expected && missing.length === 0))) || nowMs - startMs >= LONGEST_WINDOW_MS) {
      for (const key of missing) expected?.delete(key);
      return now;
    }
  }
}

/** Waits until what the start has left is done, and gives the keys that still move: two windows in a row had the same. */
export async function drain(read: () => Promise<Counts>, signal: AbortSignal): Promise<Set<string>> {
  let before = await read();
  let earlier = new Set<string>();
  for (let window = 0; window < DRAIN_WINDOWS; window++) {
    await sleep(DRAIN_WINDOW_MS, undefined, { signal });
    const now = await read();
    const moving = new Set(between(before, now).keys());
    if (window > 0 && moving.symmetricDifference(earlier).size === 0) return moving;
    earlier = moving;
    before = now;
  }
  return earlier;
}
