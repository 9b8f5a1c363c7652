// PostgreSQL's own figures into the metrics: transactions, connections, replication lag, in one statement.
import type pg from 'pg';
import type { Metrics } from './metrics.ts';

export type PostgresMetrics = Pick<
  Metrics,
  | 'postgresqlTransactionsTotal'
  | 'postgresqlBlocksTotal'
  | 'postgresqlDeadlocksTotal'
  | 'postgresqlConnections'
  | 'postgresqlOldestTransactionAgeSeconds'
  | 'postgresqlReplicationLagSeconds'
  | 'postgresqlReplicationLagBytes'
>;

/** pg_stat_activity and pg_stat_replication show everything only to members of pg_monitor. */
const SQL = `
  select d.xact_commit::float8 as commits, d.xact_rollback::float8 as rollbacks,
    d.blks_hit::float8 as hit, d.blks_read::float8 as read, d.deadlocks::float8 as deadlocks,
    current_setting('max_connections')::int as connection_limit,
    coalesce((
      select jsonb_object_agg(state, n) from (
        select case when state in ('active', 'idle') then state when state like 'idle in transaction%' then 'idle_in_transaction'
          else 'other' end as state, count(*) as n
        from pg_stat_activity where backend_type = 'client backend' group by 1
      ) as c
    ), '{}') as connections,
    coalesce((
      select extract(epoch from max(clock_timestamp() - xact_start))::float8
      from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()
    ), 0) as oldest_transaction,
    coalesce((
      select jsonb_agg(jsonb_build_object(
        'replica', application_name,
        'seconds', coalesce(extract(epoch from replay_lag), 0),
        'bytes', coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn), 0)))
      from pg_stat_replication
    ), '[]') as replicas
  from pg_stat_database d where d.datname = current_database()`;

interface Row {
  commits: number;
  rollbacks: number;
  hit: number;
  read: number;
  deadlocks: number;
  connection_limit: number;
  connections: Record<string, number>;
  oldest_transaction: number;
  replicas: { replica: string; seconds: number; bytes: number }[];
}

const STATES = ['active', 'idle', 'idle_in_transaction', 'other'];

/** Asks the primary once; rejects when it does not answer within the pool's own limits. */
export async function readPostgresFigures(pool: pg.Pool, metrics: PostgresMetrics): Promise<void> {
  const { rows } = await pool.query<Row>({ name: 'figures', text: SQL });
  const row = rows[0]!;
  metrics.postgresqlTransactionsTotal.reset();
  metrics.postgresqlTransactionsTotal.inc({ outcome: 'commit' }, row.commits);
  metrics.postgresqlTransactionsTotal.inc({ outcome: 'rollback' }, row.rollbacks);
  metrics.postgresqlBlocksTotal.reset();
  metrics.postgresqlBlocksTotal.inc({ source: 'hit' }, row.hit);
  metrics.postgresqlBlocksTotal.inc({ source: 'read' }, row.read);
  metrics.postgresqlDeadlocksTotal.reset();
  metrics.postgresqlDeadlocksTotal.inc(row.deadlocks);
  for (const state of STATES) metrics.postgresqlConnections.set({ state }, row.connections[state] ?? 0);
  metrics.postgresqlConnections.set({ state: 'limit' }, row.connection_limit);
  metrics.postgresqlOldestTransactionAgeSeconds.set(row.oldest_transaction);
  // A replica that has gone must not keep its last lag for ever.
  metrics.postgresqlReplicationLagSeconds.reset();
  metrics.postgresqlReplicationLagBytes.reset();
  for (const { replica, seconds, bytes } of row.replicas) {
    metrics.postgresqlReplicationLagSeconds.set({ replica }, seconds);
    metrics.postgresqlReplicationLagBytes.set({ replica }, bytes);
  }
}
