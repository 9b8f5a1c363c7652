// The statistics role: counts marked buckets again in bounded batches, ends the cached answers, then takes the marks away.
import type { Db } from 'mongodb';
import type { Cache } from '../cache/cache.ts';
import type { Clock } from '../clock.ts';
import { attendanceScopes, paymentScope } from '../read/statistic-scopes.ts';
import { createPause } from '../relay/pause.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { dirtyMarks, type Mark } from './statistics/dirty.ts';
import { recount } from './statistics/recount.ts';

/** Marks taken at once: a turn stays short, and so does a stop. */
const MARKS_PER_TURN = 200;
const FIRST_BACK_OFF_MS = 250;
const LONGEST_BACK_OFF_MS = 10_000;

export interface StatisticsParts {
  db: Db;
  cache: Pick<Cache, 'invalidate'>;
  metrics: Pick<Metrics, 'statisticDirtyBuckets' | 'statisticOldestDirtyAgeSeconds' | 'statisticBucketsCountedTotal'>;
  clock: Clock;
  log: Pick<Logger, 'error'>;
  /** Time between two turns, unless the first found as many marks as it takes. */
  pollMs: number;
}

/** Starts at once; errors end in a pause and another try. `stop` waits for the turn under way. */
export function startStatistics(parts: StatisticsParts): { stop(): Promise<void> } {
  const { clock, log, pollMs } = parts;
  const pause = createPause();
  let stopping = false;

  async function loop(): Promise<void> {
    let failures = 0;
    while (!stopping) {
      try {
        const { more } = await turn(parts, clock.now());
        failures = 0;
        if (!more && !stopping) await pause.wait(pollMs);
      } catch (error) {
        const waitMs = Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** failures++);
        log.error({ detail: { reason: String(error), nextTryMs: waitMs } }, 'the statistics try again');
        if (!stopping) await pause.wait(waitMs);
      }
    }
  }

  const running = loop();
  return {
    async stop() {
      stopping = true;
      pause.end();
      await running;
    },
  };
}

/** One turn: the oldest marks, counted, told and removed. `more`: others wait, and this turn got on. */
export async function turn(parts: Omit<StatisticsParts, 'pollMs' | 'log' | 'clock'>, now: Date) {
  const { db, cache, metrics } = parts;
  const collection = dirtyMarks(db);
  const marks = await collection.find().sort({ since: 1 }).limit(MARKS_PER_TURN).toArray();
  const oldest = marks[0]?.since ?? now;
  metrics.statisticOldestDirtyAgeSeconds.set(Math.max(0, now.getTime() - oldest.getTime()) / 1000);
  if (marks.length === 0) {
    metrics.statisticDirtyBuckets.set(0);
    return { counted: 0, more: false };
  }
  const done = await recount(db, marks, now);
  // Before the marks go: whoever dies in between is followed by one who does both again.
  await Promise.all(scopesOf(done).map((scope) => cache.invalidate(scope)));
  if (done.length > 0) {
    await collection.bulkWrite(
      done.map(({ _id, stamp }) => ({ deleteOne: { filter: { _id, stamp } } })),
      { ordered: false },
    );
  }
  for (const { kind } of done) metrics.statisticBucketsCountedTotal.inc({ kind });
  const isFull = marks.length === MARKS_PER_TURN;
  metrics.statisticDirtyBuckets.set(isFull ? await collection.estimatedDocumentCount() : marks.length - done.length);
  return { counted: done.length, more: done.length > 0 && isFull };
}

function scopesOf(marks: Mark[]): string[] {
  const scopes = marks.flatMap((mark) =>
    mark.kind === 'attendance' ? attendanceScopes(mark.tenantId, mark.date) : [paymentScope(mark.tenantId)],
  );
  return [...new Set(scopes)];
}
