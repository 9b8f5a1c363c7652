// Read your writes: a read that names a version waits a bounded time for the read model to reach it, then takes what there is.
// The first look goes wherever reads go; a replica may be behind, so the next ones go to the primary.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import type { Metrics } from '../telemetry/metrics.ts';

const FIRST_STEP_MS = 5;
const LONGEST_STEP_MS = 40;

export interface AtLeast<T> {
  document: T | null;
  /** The wait ran out: the document is older than asked for, or not there yet. */
  stale: boolean;
}

export interface BoundedWait {
  waitMs: number;
  clock: Clock;
  metrics: Pick<Metrics, 'readYourWritesTotal'>;
}

/**
 * Reads once when `minVersion` is undefined, otherwise until the document has that version or `waitMs` have passed.
 * @param find is told whether to ask the primary
 */
export async function readAtLeast<T extends { version: number }>(
  find: (primary: boolean) => Promise<T | null>,
  minVersion: number | undefined,
  { waitMs, clock, metrics }: BoundedWait,
): Promise<AtLeast<T>> {
  let document = await find(false);
  if (minVersion === undefined) return { document, stale: false };
  const reached = () => document !== null && document.version >= minVersion;
  if (reached()) {
    metrics.readYourWritesTotal.inc({ outcome: 'fresh' });
    return { document, stale: false };
  }
  const endsAtMs = clock.monotonicMs() + waitMs;
  for (let stepMs = FIRST_STEP_MS; !reached(); stepMs = Math.min(2 * stepMs, LONGEST_STEP_MS)) {
    const leftMs = endsAtMs - clock.monotonicMs();
    if (leftMs <= 0) break;
    await sleep(Math.min(stepMs, leftMs));
    document = await find(true);
  }
  metrics.readYourWritesTotal.inc({ outcome: reached() ? 'waited' : 'stale' });
  return { document, stale: !reached() };
}
