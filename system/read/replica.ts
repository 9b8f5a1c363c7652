// The read replica of the write model: connections to it, and whether its answers may be used. In: the replica's URL and the primary
// to compare with. A replica that does not answer, or lags too much, is left alone until it is well again; the primary answers then.
import pg from 'pg';
import type { Clock } from '../clock.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createLagTracker } from './lag.ts';

/** A replica is there to be quick: whoever waits for it longer than this is better off at the primary. */
const CONNECT_MS = 250;
const STATEMENT_MS = 400;
const ANSWER_MS = 500;
const LOOK_EVERY_MS = 500;
const KEEP_MS = 600_000;

export type ReplicaState = 'ok' | 'away' | 'behind';

export interface Replica {
  query: pg.Pool['query'];
  state(): ReplicaState;
  /** A read of it failed: away until it has answered the watch again. */
  failed(): void;
  stop(): Promise<void>;
}

export interface ReplicaParts {
  primary: Pick<pg.Pool, 'query'>;
  metrics: Pick<Metrics, 'replicaLagSeconds' | 'replicaLagBytes' | 'replicaUsable'>;
  clock: Clock;
  onChange(state: ReplicaState): void;
}

/** @param config.mostLagMs beyond this the replica is not used */
export function connectReplica(
  config: { url: string; poolMax: number; mostLagMs: number },
  { primary, metrics, clock, onChange }: ReplicaParts,
): Replica {
  const pool = new pg.Pool({
    connectionString: config.url,
    max: config.poolMax,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    query_timeout: ANSWER_MS,
    keepAlive: true,
  });
  // The query under way reports it; an idle connection that breaks is replaced.
  pool.on('error', () => {});
  const lag = createLagTracker(KEEP_MS);
  let state: ReplicaState = 'away';
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  function become(next: ReplicaState): void {
    metrics.replicaUsable.set(next === 'ok' ? 1 : 0);
    if (next !== state && !stopped) onChange(next);
    state = next;
  }

  async function look(): Promise<void> {
    const [written, replayed] = await Promise.allSettled([
      // Without the primary the replica is as good as it was: it has what came before.
      bytesOf(primary, 'pg_current_wal_lsn()').then((bytes) => lag.wrote(clock.monotonicMs(), bytes)),
      bytesOf(pool, 'case when pg_is_in_recovery() then pg_last_wal_replay_lsn() end'),
    ]);
    if (replayed.status === 'rejected') return become('away');
    const behindMs = lag.behindMs(clock.monotonicMs(), replayed.value);
    metrics.replicaLagSeconds.set(behindMs / 1000);
    if (written.status === 'fulfilled') metrics.replicaLagBytes.set(lag.behindBytes(replayed.value));
    become(behindMs > config.mostLagMs ? 'behind' : 'ok');
  }

  let looking = Promise.resolve();
  function next(): void {
    looking = look().finally(() => {
      if (!stopped) timer = setTimeout(next, LOOK_EVERY_MS);
    });
  }
  next();

  return {
    query: pool.query.bind(pool) as pg.Pool['query'],
    state: () => state,
    failed: () => become('away'),
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await looking;
      await pool.end();
    },
  };
}

/** A place in the write-ahead log as bytes from its beginning. Rejects when the server has none, because it is no replica or no primary. */
async function bytesOf(server: Pick<pg.Pool, 'query'>, place: string): Promise<number> {
  const { rows } = await server.query<{ bytes: number | null }>(`select ((${place}) - '0/0')::float8 as bytes`);
  const bytes = rows[0]!.bytes;
  if (bytes === null) throw new Error(`${place} is null`);
  return bytes;
}
