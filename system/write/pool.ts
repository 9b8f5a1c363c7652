// The PostgreSQL connections of a process: every wait bounded, the pool's state in the metrics.
import type { Socket } from 'node:net';
import pg from 'pg';
import type { Config } from '../config.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** Time beyond the server's own limit after which an answer is given up: the server itself may be gone. */
const NETWORK_MS = 1000;

/**
 * @param onError hears of idle connections that break; the pool replaces them by itself
 * @param serverOptions settings of every connection, as `-c name=value`
 */
export function createPool(
  config: Pick<Config, 'DATABASE_URL' | 'PG_POOL_MAX' | 'PG_WAIT_MS' | 'PG_STATEMENT_MS'>,
  metrics: Pick<Metrics, 'pgPoolConnections' | 'onExpose'>,
  onError: (error: Error) => void = () => {},
  serverOptions?: string,
): pg.Pool {
  const pool = new pg.Pool({
    connectionString: config.DATABASE_URL,
    max: config.PG_POOL_MAX,
    application_name: 'ams',
    connectionTimeoutMillis: config.PG_WAIT_MS,
    statement_timeout: config.PG_STATEMENT_MS,
    // An open transaction that writes holds the relay back for the whole server: none may idle.
    idle_in_transaction_session_timeout: config.PG_STATEMENT_MS,
    keepAlive: true,
    // None is closed for idling: a timer for each query would cost more than the few connections do.
    idleTimeoutMillis: 0,
    ...(serverOptions && { options: serverOptions }),
  });
  pool.on('error', onError);
  endSilent(pool, config.PG_STATEMENT_MS + NETWORK_MS);
  metrics.onExpose(() => {
    metrics.pgPoolConnections.set({ state: 'total' }, pool.totalCount);
    metrics.pgPoolConnections.set({ state: 'idle' }, pool.idleCount);
    metrics.pgPoolConnections.set({ state: 'waiting' }, pool.waitingCount);
  });
  return pool;
}

/**
 * Ends connections that are in use and say nothing for `silentMs`; the query under way rejects. pg's own `query_timeout` does the same
 * at the price of all that a request has allocated: it then outlives the request until the next full collection of garbage.
 */
function endSilent(pool: pg.Pool, silentMs: number): void {
  const inUse = new WeakSet<pg.PoolClient>();
  pool.on('acquire', (client) => inUse.add(client));
  pool.on('release', (_error, client) => inUse.delete(client));
  pool.on('connect', (client) => {
    const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
    stream.setTimeout(silentMs, () => {
      if (inUse.has(client)) stream.destroy(new Error(`PostgreSQL has been silent for ${silentMs} ms`));
    });
  });
}
