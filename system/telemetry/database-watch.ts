// Asks both databases for their own figures every few seconds, so that one process exports them for all (the worker's jobs role).
import type { Db } from 'mongodb';
import type pg from 'pg';
import type { Metrics } from './metrics.ts';
import { type MongoMetrics, readMongoFigures } from './mongodb.ts';
import { type PostgresMetrics, readPostgresFigures } from './postgres.ts';

/**
 * A database that does not answer is counted and asked again the next time; the other one is not kept waiting.
 * @param parts.onError hears of the first failure of a row of them
 */
export function startDatabaseWatch(parts: {
  pool: pg.Pool;
  db: Db;
  metrics: PostgresMetrics & MongoMetrics & Pick<Metrics, 'databaseWatchFailuresTotal'>;
  everyMs: number;
  onError: (database: string, error: unknown) => void;
}): { stop(): Promise<void> } {
  const { pool, db, metrics, everyMs, onError } = parts;
  const watches = [
    watch('postgresql', () => readPostgresFigures(pool, metrics)),
    watch('mongodb', () => readMongoFigures(db, metrics)),
  ];

  function watch(database: string, read: () => Promise<void>): { stop(): Promise<void> } {
    let failing = false;
    let stopped = false;
    let asking: Promise<void> = Promise.resolve();
    let timer: NodeJS.Timeout | undefined;
    async function ask(): Promise<void> {
      try {
        await read();
        failing = false;
      } catch (error) {
        metrics.databaseWatchFailuresTotal.inc({ database });
        if (!failing && !stopped) onError(database, error);
        failing = true;
      }
      if (!stopped) timer = setTimeout(next, everyMs);
    }
    const next = () => {
      asking = ask();
    };
    next();
    return {
      stop() {
        stopped = true;
        clearTimeout(timer);
        return asking;
      },
    };
  }

  return { stop: async () => void (await Promise.all(watches.map((one) => one.stop()))) };
}
