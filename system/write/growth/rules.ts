// The one table of rules by which growth is judged, pure: from a snapshot and what grew since another to what should be done, and why.
import type { Snapshot } from './measure.ts';

export interface Growth {
  /** Between the two snapshots. */
  days: number;
  databaseBytesPerDay: number;
  /** By table; negative when it shrank. */
  tables: Map<string, { bytesPerDay: number; rowsPerDay: number }>;
  commitsPerSecond: number;
}

export interface Finding {
  rule: string;
  /** What it is about: a table, a consumer, a replica. */
  subject: string;
  /** What was seen, with its figure and the limit. */
  seen: string;
  next: string;
}

interface Rule {
  name: string;
  /** Why this limit, and who says so. */
  reason: string;
  next: string;
  /** What was seen beyond the limit. */
  find(snapshot: Snapshot, growth: Growth | null): { subject: string; seen: string }[];
}

/** So long before a limit is reached a change of the schema should begin: it needs a rehearsal, a migration and a way back. */
const LEAD_DAYS = 90;
/** A vacuum that is this far beyond its own beginning does not keep up. Small tables come and go too fast to tell. */
const VACUUM_FACTOR = 2;
const VACUUM_LEAST_ROWS = 10_000;
const LONG_TRANSACTION_SECONDS = 60;
const OUTBOX_BEHIND_SECONDS = 3600;
const LAG_SECONDS = 10;
const LAG_BYTES = 128 * 2 ** 20;
const SLOT_BYTES = 2 ** 30;
const CONNECTIONS_RATIO = 0.8;
const HIT_RATIO = 0.99;
const LARGE_TENANT = 0.3;
const UNUSED_INDEX_BYTES = 100 * 2 ** 20;

export const RULES: Rule[] = [
  {
    name: 'partition',
    reason:
      'PostgreSQL manual, 5.12.1: partitioning pays when a table exceeds the physical memory of its server; ' +
      'effective_cache_size stands for it. Said 90 days ahead where the growth is known.',
    next: 'partition it by month of its date (attendance, payment) or by hash of the tenant, so that indexes stay in memory and vacuum small',
    find: ({ tables, cacheBytes }, growth) =>
      tables
        .filter(({ name }) => name !== 'outbox')
        .flatMap(({ name, bytes }) => {
          const perDay = growth?.tables.get(name)?.bytesPerDay ?? 0;
          const days = (cacheBytes - bytes) / perDay;
          if (bytes >= cacheBytes) return [{ subject: name, seen: `${size(bytes)} of ${size(cacheBytes)} memory` }];
          if (perDay <= 0 || days > LEAD_DAYS) return [];
          return [
            { subject: name, seen: `${size(bytes)}, beyond ${size(cacheBytes)} memory in ${Math.ceil(days)} days` },
          ];
        }),
  },
  {
    name: 'shard',
    reason:
      'One server is enough while what is used fits into its memory (99 % hits: Heroku Postgres, "Understanding Postgres data caching") and ' +
      'vacuum keeps up; both failing at once is where Notion split ("Herding elephants", 2021). Either alone asks for partitions or memory first.',
    next: 'split by tenant: every key of the write model begins with it; look at the largest tenants first',
    find: ({ tables, cacheBytes, bytes, hitRatio, database }) => {
      const behind = tables.filter(isVacuumBehind).map(({ name }) => name);
      const isDue = bytes > cacheBytes && hitRatio !== null && hitRatio < HIT_RATIO && behind.length > 0;
      if (!isDue) return [];
      const seen = `${size(bytes)} of ${size(cacheBytes)} memory, ${percent(hitRatio)} hits, vacuum behind on ${behind.join(', ')}`;
      return [{ subject: database, seen }];
    },
  },
  {
    name: 'large-tenant',
    reason:
      'A shard cannot be smaller than its largest tenant: with 30 % of the rows in one, more than three shards are uneven.',
    next: 'give this tenant a server of its own first (the balancer routes by tenant), or partition within the tenant',
    find: ({ largestTenants }) =>
      largestTenants
        .filter(({ share }) => share > LARGE_TENANT)
        .map(({ table, share }) => ({ subject: table, seen: `one tenant has ${percent(share)} of the rows` })),
  },
  {
    name: 'vacuum',
    reason:
      'PostgreSQL manual, 24.1.6: autovacuum begins at its threshold plus its share of the rows; twice as many dead rows mean that it ' +
      'does not get through, or may not (see the oldest transaction).',
    next: 'lower autovacuum_vacuum_scale_factor for this table, or give autovacuum more workers; then partition it',
    find: ({ tables }) =>
      tables.filter(isVacuumBehind).map(({ name, deadRows, vacuumAt }) => ({
        subject: name,
        seen: `${count(deadRows)} dead rows, vacuum begins at ${count(vacuumAt)}`,
      })),
  },
  {
    name: 'freeze',
    reason:
      'PostgreSQL manual, 24.1.5: beyond autovacuum_freeze_max_age every table is vacuumed by force; at 2 billion writing stops.',
    next: 'find what keeps vacuum from freezing: old transactions, slots, prepared transactions; vacuum (freeze) the largest tables at night',
    find: ({ xidAge, freezeAt, database }) =>
      xidAge > freezeAt
        ? [{ subject: database, seen: `oldest transaction id is ${count(xidAge)} old, limit ${count(freezeAt)}` }]
        : [],
  },
  {
    name: 'long-transaction',
    reason:
      'An open transaction keeps dead rows from vacuum, and one that writes holds the relay back for the whole server (relay/outbox.ts).',
    next: 'end it (pg_terminate_backend) and bound its client: idle_in_transaction_session_timeout, statement_timeout',
    find: ({ oldestTransaction }) =>
      oldestTransaction && oldestTransaction.seconds > LONG_TRANSACTION_SECONDS
        ? [
            {
              subject: oldestTransaction.application || 'a client without a name',
              seen: `open for ${Math.round(oldestTransaction.seconds)} s, limit ${LONG_TRANSACTION_SECONDS}`,
            },
          ]
        : [],
  },
  {
    name: 'outbox-held',
    reason:
      'A partition is dropped only when every consumer has passed it (write/maintenance.ts): one that stands still keeps them all.',
    next: 'start the consumer, or, when it is not used any more, delete its rows of relay_lane',
    find: ({ outbox }) =>
      outbox.consumers
        .filter(({ behindSeconds }) => behindSeconds > OUTBOX_BEHIND_SECONDS)
        .map(({ name, behindSeconds }) => ({
          subject: name,
          seen: `has not passed an event of ${Math.round(behindSeconds / 60)} minutes ago; ${outbox.partitions} partitions are kept`,
        })),
  },
  {
    name: 'outbox-maintenance',
    reason:
      'Events in the default partition, or none made ahead, mean that no worker with the role "jobs" does the upkeep.',
    next: 'start a worker with the role jobs and look at maintenance_runs_total',
    find: ({ outbox }) => [
      ...(outbox.defaultHolds ? [{ subject: 'outbox', seen: 'the default partition holds events' }] : []),
      ...(outbox.idsAhead <= 0 ? [{ subject: 'outbox', seen: 'no partition lies ahead' }] : []),
    ],
  },
  {
    name: 'replica-lag',
    reason:
      'The reads of the replica go to the primary beyond 2 s (REPLICA_LAG_MS); 10 s is no peak any more but a replica too small.',
    next: 'look at its CPU and disk, and at long queries on it; until then its reads load the primary',
    find: ({ replicas }) =>
      replicas
        .filter(({ lagSeconds, lagBytes }) => lagSeconds > LAG_SECONDS || lagBytes > LAG_BYTES)
        .map(({ name, lagSeconds, lagBytes }) => ({
          subject: name,
          seen: `${lagSeconds.toFixed(1)} s and ${size(lagBytes)} behind`,
        })),
  },
  {
    name: 'slot-held',
    reason:
      'A slot keeps the write-ahead log for its reader without a limit, until the disk is full (max_slot_wal_keep_size).',
    next: 'start its reader, or drop it: select pg_drop_replication_slot(name)',
    find: ({ slots }) =>
      slots
        .filter(({ heldBytes }) => heldBytes > SLOT_BYTES)
        .map(({ name, active, heldBytes }) => ({
          subject: name,
          seen: `holds ${size(heldBytes)}${active ? '' : ', nobody reads it'}`,
        })),
  },
  {
    name: 'connections',
    reason:
      'Beyond the limit nobody gets in, operators neither; the pools of all instances together must stay below it (PG_POOL_MAX).',
    next: 'lower PG_POOL_MAX, or put PgBouncer between before adding instances',
    find: ({ connections: { used, limit }, database }) =>
      used > CONNECTIONS_RATIO * limit ? [{ subject: database, seen: `${used} of ${limit} connections` }] : [],
  },
  {
    name: 'unused-index',
    reason:
      'Each index is written with each row. Only since the statistics were reset, and not on a replica: look there too.',
    next: 'drop it, if no replica uses it either',
    find: ({ indexes }) =>
      indexes
        .filter(({ scans, bytes, isUnique }) => scans === 0 && bytes > UNUSED_INDEX_BYTES && !isUnique)
        .map(({ name, bytes }) => ({ subject: name, seen: `${size(bytes)}, never used` })),
  },
];

/** All findings of all rules, in the order of the table. */
export function judge(snapshot: Snapshot, growth: Growth | null): Finding[] {
  return RULES.flatMap(({ name, next, find }) =>
    find(snapshot, growth).map((found) => ({ rule: name, ...found, next })),
  );
}

/** What grew between two snapshots of one database; null when they are less than a minute apart: nothing can be told from that. */
export function growthBetween(before: Snapshot, now: Snapshot): Growth | null {
  const seconds = (Date.parse(now.at) - Date.parse(before.at)) / 1000;
  if (seconds < 60) return null;
  const days = seconds / 86_400;
  const earlier = new Map(before.tables.map((table) => [table.name, table]));
  const tables = now.tables.flatMap(({ name, bytes, rows }) => {
    const old = earlier.get(name);
    return old
      ? [[name, { bytesPerDay: (bytes - old.bytes) / days, rowsPerDay: (rows - old.rows) / days }] as const]
      : [];
  });
  return {
    days,
    databaseBytesPerDay: (now.bytes - before.bytes) / days,
    tables: new Map(tables),
    commitsPerSecond: Math.max(0, now.commits - before.commits) / seconds,
  };
}

function isVacuumBehind({ deadRows, vacuumAt }: { deadRows: number; vacuumAt: number }): boolean {
  return deadRows > VACUUM_LEAST_ROWS && deadRows > VACUUM_FACTOR * vacuumAt;
}

/** `1.5 GiB` */
export function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, Math.abs(bytes))) / 10)));
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

function count(rows: number): string {
  return Math.round(rows).toLocaleString('en');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
