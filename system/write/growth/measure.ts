// What a growth report looks at: one snapshot of a database by its own statistics. Cheap: no table is counted or read.
import type pg from 'pg';

export interface TableSize {
  /** Partitions of the outbox count as one table. */
  name: string;
  /** As the server estimates them. */
  rows: number;
  deadRows: number;
  /** With its indexes and TOAST. */
  bytes: number;
  indexBytes: number;
  /** Dead rows at which autovacuum begins, by the server's settings. */
  vacuumAt: number;
}

export interface IndexSize {
  name: string;
  table: string;
  bytes: number;
  /** Since the statistics were reset. */
  scans: number;
  isUnique: boolean;
}

export interface Snapshot {
  /** ISO 8601, by the database's clock. */
  at: string;
  database: string;
  bytes: number;
  /** What the server is told of the memory for caching: effective_cache_size. */
  cacheBytes: number;
  /** Blocks found in shared memory, of all that were asked for; null when none were. */
  hitRatio: number | null;
  commits: number;
  tables: TableSize[];
  indexes: IndexSize[];
  outbox: {
    partitions: number;
    /** Transactions for which a partition lies ready. */
    idsAhead: number;
    defaultHolds: boolean;
    oldestSeconds: number;
    /** Per consumer, the age of the oldest event that one of its lanes has not passed; 0 when there is none. */
    consumers: { name: string; behindSeconds: number }[];
  };
  oldestTransaction: { seconds: number; application: string } | null;
  /** Transaction ids since the oldest unfrozen row, and the age at which a forced vacuum begins. */
  xidAge: number;
  freezeAt: number;
  connections: { used: number; limit: number };
  replicas: { name: string; lagSeconds: number; lagBytes: number }[];
  /** Replication slots keep the log for a reader that is away. */
  slots: { name: string; active: boolean; heldBytes: number }[];
  /** The tenant with the most rows of a table, by the planner's statistics: its share, 0 to 1. */
  largestTenants: { table: string; share: number }[];
}

const TABLES = `
  select case when c.relname like 'outbox\\_%' and c.relispartition then 'outbox' else c.relname end as name,
    sum(coalesce(s.n_live_tup, 0))::float8 as rows, sum(coalesce(s.n_dead_tup, 0))::float8 as "deadRows",
    sum(pg_total_relation_size(c.oid))::float8 as bytes, sum(pg_indexes_size(c.oid))::float8 as "indexBytes",
    sum(current_setting('autovacuum_vacuum_threshold')::float8
      + current_setting('autovacuum_vacuum_scale_factor')::float8 * greatest(c.reltuples, 0))::float8 as "vacuumAt"
  from pg_class c left join pg_stat_user_tables s on s.relid = c.oid
  where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
  group by 1 order by bytes desc`;

const INDEXES = `
  select i.indexrelname as name, i.relname as "table", pg_relation_size(i.indexrelid)::float8 as bytes,
    i.idx_scan::float8 as scans, x.indisunique as "isUnique"
  from pg_stat_user_indexes i join pg_index x on x.indexrelid = i.indexrelid
  where i.schemaname = 'public' order by bytes desc`;

const SERVER = `
  select clock_timestamp() as at, current_database() as database, pg_database_size(current_database())::float8 as bytes,
    pg_size_bytes(current_setting('effective_cache_size'))::float8 as "cacheBytes",
    case when d.blks_hit + d.blks_read > 0 then d.blks_hit::float8 / (d.blks_hit + d.blks_read) end as "hitRatio",
    d.xact_commit::float8 as commits,
    (select max(age(datfrozenxid))::float8 from pg_database) as "xidAge",
    current_setting('autovacuum_freeze_max_age')::float8 as "freezeAt",
    (select json_build_object('used', count(*), 'limit', current_setting('max_connections')::int)
      from pg_stat_activity where backend_type = 'client backend') as connections,
    (select json_build_object('seconds', extract(epoch from clock_timestamp() - xact_start), 'application', application_name)
      from pg_stat_activity where backend_type = 'client backend' and xact_start is not null and pid <> pg_backend_pid()
      order by xact_start limit 1) as "oldestTransaction",
    (select coalesce(json_agg(json_build_object('name', application_name, 'lagSeconds', coalesce(extract(epoch from replay_lag), 0),
      'lagBytes', coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn), 0))), '[]') from pg_stat_replication) as replicas,
    (select coalesce(json_agg(json_build_object('name', slot_name, 'active', active,
      'heldBytes', coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0))), '[]') from pg_replication_slots) as slots
  from pg_stat_database d where d.datname = current_database()`;

/** `n.oldest` by lane and not over all: the index of the poll answers it with a look at each partition. */
const CONSUMERS = `
  select l.consumer as name, coalesce(extract(epoch from clock_timestamp() - min(e.occurred_at)), 0)::float8 as "behindSeconds"
  from relay_lane l left join lateral (
    select o.occurred_at from outbox o
    where o.lane = l.lane and o.xid >= l.cursor_xid and (o.xid, o.seq) > (l.cursor_xid, l.cursor_seq)
    order by o.xid, o.seq limit 1
  ) e on true group by l.consumer order by l.consumer`;

const OUTBOX = `
  select (select count(*)::int from pg_inherits where inhparent = 'outbox'::regclass) as partitions,
    exists (select from outbox_default) as "defaultHolds",
    coalesce((select max(substring(pg_get_expr(c.relpartbound, c.oid) from $$TO \\('(\\d+)'\\)$$)::float8)
      from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'outbox'::regclass), 0)
      - pg_snapshot_xmax(pg_current_snapshot())::text::float8 as "idsAhead",
    coalesce((select extract(epoch from clock_timestamp() - min(e.occurred_at)) from (select distinct lane from relay_lane) l
      cross join lateral (select o.occurred_at from outbox o where o.lane = l.lane order by o.xid, o.seq limit 1) e), 0)::float8
      as "oldestSeconds"`;

const TENANTS = `
  select tablename as "table", most_common_freqs[1]::float8 as share from pg_stats
  where schemaname = 'public' and attname = 'tenant_id' and most_common_freqs is not null
    and tablename in ('member', 'class', 'enrolment', 'attendance', 'payment') order by 1`;

/** Rejects when the database is not one of AMS, or does not answer within the client's limits. */
export async function measure(client: Pick<pg.ClientBase, 'query'>): Promise<Snapshot> {
  const all = async <Row>(sql: string) => (await client.query(sql)).rows as Row[];
  const [server] = await all<{ at: Date } & Omit<Snapshot, 'at'>>(SERVER);
  const [outbox] = await all<Omit<Snapshot['outbox'], 'consumers'>>(OUTBOX);
  return {
    ...server!,
    at: server!.at.toISOString(),
    tables: await all<TableSize>(TABLES),
    indexes: await all<IndexSize>(INDEXES),
    outbox: { ...outbox!, consumers: await all(CONSUMERS) },
    largestTenants: await all(TENANTS),
  };
}
