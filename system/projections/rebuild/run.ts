// One rebuild after another, each alone of its kind, and behind them the statistics that follow from them.
import type { Db } from 'mongodb';
import type pg from 'pg';
import type { Clock } from '../../clock.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { createProjector } from '../apply.ts';
import type { AnyProjection } from '../projection.ts';
import { turn } from '../statistics.ts';
import { failures } from './failures.ts';
import { type Rebuilt, rebuild } from './rebuild.ts';
import { createSource } from './source.ts';
import { markAll } from './statistics.ts';

export interface RunParts {
  pool: pg.Pool;
  db: Db;
  clock: Clock;
  metrics: Metrics;
  tell(text: string): void;
  signal?: AbortSignal;
}

export interface RebuildRun {
  rebuilt: Rebuilt[];
  /** Statistics counted again. */
  counted: number;
}

/** Throws `rebuild.running` when another process rebuilds one of them. */
export async function rebuildAll(parts: RunParts, projections: readonly AnyProjection[]): Promise<RebuildRun> {
  const { pool, db, clock, metrics, tell } = parts;
  const source = createSource(pool);
  const rebuilt: Rebuilt[] = [];
  let counted = 0;
  for (const projection of projections) {
    const project = createProjector({ db, projections: [projection], metrics, clock, onDeadLetter() {} });
    const one = await alone(pool, projection.name, () => rebuild({ ...parts, source, project }, projection));
    rebuilt.push(one);
    const marked = await markAll(db, source, clock, projection.aggregateType);
    if (marked > 0) counted += await countAll(parts, metrics, marked);
    tell(`${one.name}: done in ${one.seconds.toFixed(1)} s`);
  }
  return { rebuilt, counted };
}

/** Until no mark is left, also those that live events make; the role of the worker may be counting at the same time. */
async function countAll({ db, clock, tell, signal }: RunParts, metrics: Metrics, marked: number): Promise<number> {
  // Cached answers are not ended from here, where Redis may be out of reach: they end by themselves in half a minute.
  const cache = { invalidate: async () => {} };
  let [counted, more] = [0, true];
  while (more && counted < marked) {
    signal?.throwIfAborted();
    const done = await turn({ db, cache, metrics }, clock.now());
    counted += done.counted;
    more = done.more;
    tell(`${counted} of ${marked} statistics counted again`);
  }
  return counted;
}

/** A lock that ends with its connection, so that nothing is left of a process that crashed. */
async function alone<T>(pool: pg.Pool, name: string, work: () => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    const lock = [`ams-rebuild/${name}`];
    const { rows } = await client.query('select pg_try_advisory_lock(hashtextextended($1, 0)) as got', lock);
    if (!rows[0].got) throw failures.running(name);
    try {
      return await work();
    } finally {
      await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', lock);
    }
  } finally {
    client.release();
  }
}
