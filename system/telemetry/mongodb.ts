// MongoDB's own figures into the metrics: operations and their time per collection, connections, lag of the secondaries.
import type { Db, Document } from 'mongodb';
import type { Metrics } from './metrics.ts';

export type MongoMetrics = Pick<
  Metrics,
  'mongodbOperationsTotal' | 'mongodbOperationSecondsTotal' | 'mongodbConnections' | 'mongodbReplicationLagSeconds'
>;

const KINDS = ['reads', 'writes', 'commands'] as const;
const LIMIT_MS = 2000;

type Latency = Record<(typeof KINDS)[number], { ops: number; micros: number }>;

/**
 * Asks once; rejects when the server does not answer in time. The server counts by itself: the driver's command events would make
 * every request pay for it, and decode every reply a second time.
 */
export async function readMongoFigures(db: Db, metrics: MongoMetrics): Promise<void> {
  const [latencies, status, replicas] = await Promise.all([latenciesOf(db), serverStatus(db), lags(db)]);
  metrics.mongodbOperationsTotal.reset();
  metrics.mongodbOperationSecondsTotal.reset();
  for (const [collection, latency] of latencies) {
    for (const kind of KINDS) {
      metrics.mongodbOperationsTotal.inc({ collection, kind }, latency[kind].ops);
      metrics.mongodbOperationSecondsTotal.inc({ collection, kind }, latency[kind].micros / 1e6);
    }
  }
  for (const state of ['current', 'active', 'available']) {
    metrics.mongodbConnections.set({ state }, Number(status.connections[state] ?? 0));
  }
  metrics.mongodbReplicationLagSeconds.reset();
  for (const { member, seconds } of replicas) metrics.mongodbReplicationLagSeconds.set({ member }, seconds);
}

async function latenciesOf(db: Db): Promise<[string, Latency][]> {
  const collections = await db.listCollections({ type: 'collection' }, { nameOnly: true }).toArray();
  const own = collections.map(({ name }) => name).filter((name) => !name.startsWith('system.'));
  return Promise.all(
    own.map(async (name) => {
      const shards = await db
        .collection(name)
        .aggregate([{ $collStats: { latencyStats: {} } }], { maxTimeMS: LIMIT_MS })
        .toArray();
      return [name, sum(shards)] as [string, Latency];
    }),
  );
}

/** A sharded collection has one answer a shard. */
function sum(shards: Document[]): Latency {
  const total = (kind: (typeof KINDS)[number], figure: 'ops' | 'latency') =>
    shards.reduce((before, { latencyStats }) => before + Number(latencyStats[kind][figure]), 0);
  return Object.fromEntries(
    KINDS.map((kind) => [kind, { ops: total(kind, 'ops'), micros: total(kind, 'latency') }]),
  ) as Latency;
}

function serverStatus(db: Db): Promise<Document> {
  const off = Object.fromEntries(['metrics', 'locks', 'wiredTiger', 'repl', 'tcmalloc'].map((part) => [part, 0]));
  return db.admin().command({ serverStatus: 1, ...off, maxTimeMS: LIMIT_MS });
}

async function lags(db: Db): Promise<{ member: string; seconds: number }[]> {
  const { setName } = await db.command({ hello: 1 });
  if (!setName) return [];
  const { members } = await db.admin().command({ replSetGetStatus: 1, maxTimeMS: LIMIT_MS });
  const primary = (members as Document[]).find(({ stateStr }) => stateStr === 'PRIMARY');
  return (members as Document[])
    .filter(({ stateStr }) => primary && stateStr === 'SECONDARY')
    .map(({ name, optimeDate }) => ({
      member: name as string,
      seconds: Math.max(0, (primary!.optimeDate.getTime() - optimeDate.getTime()) / 1000),
    }));
}
