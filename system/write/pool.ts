// The PostgreSQL connections of a process: every wait bounded, the pool's state in the metrics.
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
    query_timeout: config.PG_STATEMENT_MS + NETWORK_MS,
    // An open transaction that writes holds the relay back for the whole server: none may idle.
    idle_in_transaction_session_timeout: config.PG_STATEMENT_MS,
    keepAlive: true,
    ...(serverOptions && { options: serverOptions }),
  });
  pool.on('error', onError);
  metrics.onExpose(() => {
    metrics.pgPoolConnections.set({ state: 'total' }, pool.totalCount);
    metrics.pgPoolConnections.set({ state: 'idle' }, pool.idleCount);
    metrics.pgPoolConnections.set({ state: 'waiting' }, pool.waitingCount);
  });
  return pool;
}
