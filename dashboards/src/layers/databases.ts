// PostgreSQL and MongoDB as they see themselves, and the upkeep of the write model.
import { graphs } from '../hops.ts';
import type { RowSpec } from '../panels.ts';
import { once, rate, share } from '../queries.ts';

export const postgresql: RowSpec = {
  id: 1200,
  title: 'PostgreSQL',
  height: 7,
  panels: graphs([
    {
      id: 1201,
      title: 'Transactions',
      description: 'Transactions a second by outcome. Rollbacks are refused commands, lost races or time-outs.',
      unit: 'ops',
      queries: [{ expr: once(rate('postgresql_transactions_total'), 'outcome'), legend: '{{outcome}}' }],
    },
    {
      id: 1202,
      title: 'Connections',
      description: 'Connections by state, and the limit of the server. At the limit nobody new gets in.',
      unit: 'none',
      queries: [{ expr: once('postgresql_connections', 'state'), legend: '{{state}}' }],
    },
    {
      id: 1203,
      title: 'Replication lag',
      description:
        'How far each replica is behind the primary. Reads that need the write model go to the primary then.',
      unit: 's',
      queries: [
        { expr: once('postgresql_replication_lag_seconds', 'replica'), legend: '{{replica}}' },
        { expr: 'replica_lag_seconds', legend: 'as {{instance}} sees it' },
      ],
    },
    {
      id: 1204,
      title: 'Write-ahead log not replayed',
      description: 'Bytes that a replica still has to replay. Grows steadily when the replica stands still.',
      unit: 'bytes',
      queries: [{ expr: once('postgresql_replication_lag_bytes', 'replica'), legend: '{{replica}}' }],
    },
    {
      id: 1205,
      title: 'Oldest open transaction',
      description: 'A transaction that writes holds the relay back for as long as it is open, on the whole server.',
      unit: 's',
      queries: [{ expr: 'max(postgresql_oldest_transaction_age_seconds)', legend: 'oldest' }],
    },
  ]),
};

export const writeModel: RowSpec = {
  id: 1250,
  title: 'Write model',
  height: 7,
  panels: graphs([
    {
      id: 1251,
      title: 'Reads of the write model',
      description:
        'Reads a second by the server that answered, and why. Behind and away are the fall-back to the primary.',
      unit: 'ops',
      queries: [{ expr: `sum by (source, reason) (${rate('replica_reads_total')})`, legend: '{{source}} {{reason}}' }],
    },
    {
      id: 1252,
      title: 'Blocks found in memory',
      description: 'Share of the blocks that the server had in memory (hit) or asked the system for (read).',
      unit: 'percentunit',
      max: 1,
      queries: [{ expr: share('postgresql_blocks_total', 'source'), legend: '{{source}}' }],
    },
    {
      id: 1253,
      title: 'Deadlocks',
      description: 'Deadlocks a second. One command locks one aggregate: there should be none.',
      unit: 'ops',
      queries: [{ expr: `max(${rate('postgresql_deadlocks_total')})`, legend: 'deadlocks' }],
    },
    {
      id: 1254,
      title: 'Partitions of the outbox',
      description: 'Grows when a consumer does not go on: its events cannot be dropped.',
      unit: 'none',
      queries: [{ expr: 'max(outbox_partitions)', legend: 'partitions' }],
    },
    {
      id: 1255,
      title: 'Upkeep',
      description: 'Runs a second of what makes and drops partitions and forgets old answers, by outcome.',
      unit: 'ops',
      queries: [{ expr: `sum by (task, outcome) (${rate('maintenance_runs_total')})`, legend: '{{task}} {{outcome}}' }],
    },
  ]),
};

export const mongodb: RowSpec = {
  id: 1300,
  title: 'MongoDB',
  height: 7,
  panels: graphs([
    {
      id: 1301,
      title: 'Response time of reads by collection',
      description: 'Mean time that the server spent on a read. One slow collection has lost its index or its memory.',
      unit: 's',
      queries: [
        {
          expr: `${once(rate('mongodb_operation_seconds_total{kind!="writes"}'), 'collection, kind')} / ${once(rate('mongodb_operations_total{kind!="writes"}'), 'collection, kind')}`,
          legend: '{{collection}} {{kind}}',
        },
      ],
    },
    {
      id: 1302,
      title: 'Operations by collection',
      description: 'Reads, writes and commands a second.',
      unit: 'ops',
      queries: [
        { expr: once(rate('mongodb_operations_total'), 'collection, kind'), legend: '{{collection}} {{kind}}' },
      ],
    },
    {
      id: 1303,
      title: 'Connections',
      description: 'Connections to the server by state: current, active, and how many more there may be.',
      unit: 'none',
      queries: [{ expr: once('mongodb_connections', 'state'), legend: '{{state}}' }],
    },
    {
      id: 1304,
      title: 'Lag of the secondaries',
      description: 'How far the last operation of a secondary is behind. Reads there are as old as that.',
      unit: 's',
      queries: [{ expr: once('mongodb_replication_lag_seconds', 'member'), legend: '{{member}}' }],
    },
    {
      id: 1305,
      title: 'Databases that did not answer',
      description: 'Failed questions for these figures. While there are some, the graphs of that database stand still.',
      unit: 'ops',
      queries: [{ expr: `sum by (database) (${rate('database_watch_failures_total')})`, legend: '{{database}}' }],
    },
  ]),
};
