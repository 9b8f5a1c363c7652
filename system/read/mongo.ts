// The MongoDB connection of a process: every wait bounded, the pool's state in the metrics. Out: a Db, and errors as AmsErrors.
import { type Db, MongoClient, MongoError } from 'mongodb';
import { AmsError } from '../errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** A command may take longer than the wait for a connection: a batch of writes does. */
const SOCKET_WAITS = 5;

export interface Mongo {
  client: MongoClient;
  db: Db;
}

/** Returns at once; the driver connects when it is first asked. The database is the one named in the URL. */
export function connectMongo(
  config: { MONGODB_URL: string; MONGO_POOL_MAX: number; MONGO_WAIT_MS: number },
  metrics: Pick<Metrics, 'mongodbPoolConnections'>,
): Mongo {
  const client = new MongoClient(config.MONGODB_URL, {
    maxPoolSize: config.MONGO_POOL_MAX,
    minPoolSize: Math.ceil(config.MONGO_POOL_MAX / 4),
    waitQueueTimeoutMS: config.MONGO_WAIT_MS,
    serverSelectionTimeoutMS: config.MONGO_WAIT_MS,
    connectTimeoutMS: config.MONGO_WAIT_MS,
    socketTimeoutMS: SOCKET_WAITS * config.MONGO_WAIT_MS,
  });
  const gauge = metrics.mongodbPoolConnections;
  client.on('connectionCreated', () => gauge.inc({ state: 'total' }));
  client.on('connectionClosed', () => gauge.dec({ state: 'total' }));
  client.on('connectionCheckOutStarted', () => gauge.inc({ state: 'waiting' }));
  client.on('connectionCheckOutFailed', () => gauge.dec({ state: 'waiting' }));
  client.on('connectionCheckedOut', () => {
    gauge.dec({ state: 'waiting' });
    gauge.inc({ state: 'in_use' });
  });
  client.on('connectionCheckedIn', () => gauge.dec({ state: 'in_use' }));
  return { client, db: client.db() };
}

/** Awaits a query; whatever the driver throws becomes `part.unavailable` with the driver's error as its cause. */
export async function asked<T>(query: Promise<T>): Promise<T> {
  try {
    return await query;
  } catch (error) {
    if (error instanceof MongoError) throw new AmsError('part.unavailable', 'the read model', { cause: error });
    throw error;
  }
}
