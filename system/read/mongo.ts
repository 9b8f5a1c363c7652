// The MongoDB connection of a process: every wait bounded, the pool's state in the metrics. Out: a Db, and errors as AmsErrors.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Db, MongoClient, MongoError } from 'mongodb';
import { AmsError } from '../errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** A command may take longer than the wait for a connection: a batch of writes does. */
const SOCKET_WAITS = 5;
const RECONNECT_MS = 250;

export interface Mongo {
  client: MongoClient;
  db: Db;
  close(): Promise<void>;
}

/** Returns at once and connects in the background, for as long as it takes. The database is the one named in the URL. */
export function connectMongo(
  config: { MONGODB_URL: string; MONGO_POOL_MAX: number; MONGO_WAIT_MS: number },
  metrics: Pick<Metrics, 'mongodbPoolConnections' | 'onExpose'>,
): Mongo {
  const client = new MongoClient(config.MONGODB_URL, {
    // While a replica set has no primary, reads go on. A URL that says otherwise (`?readPreference=nearest`) is followed.
    ...(!/[?&]readPreference=/i.test(config.MONGODB_URL) && { readPreference: 'primaryPreferred' }),
    maxPoolSize: config.MONGO_POOL_MAX,
    minPoolSize: Math.ceil(config.MONGO_POOL_MAX / 4),
    waitQueueTimeoutMS: config.MONGO_WAIT_MS,
    serverSelectionTimeoutMS: config.MONGO_WAIT_MS,
    connectTimeoutMS: config.MONGO_WAIT_MS,
    socketTimeoutMS: SOCKET_WAITS * config.MONGO_WAIT_MS,
  });
  // Plain numbers: every command takes a connection and gives it back.
  const pool = { total: 0, in_use: 0, waiting: 0 };
  client.on('connectionCreated', () => pool.total++);
  client.on('connectionClosed', () => pool.total--);
  client.on('connectionCheckOutStarted', () => pool.waiting++);
  client.on('connectionCheckOutFailed', () => pool.waiting--);
  client.on('connectionCheckedOut', () => {
    pool.waiting--;
    pool.in_use++;
  });
  client.on('connectionCheckedIn', () => pool.in_use--);
  metrics.onExpose(() => {
    for (const [state, count] of Object.entries(pool)) metrics.mongodbPoolConnections.set({ state }, count);
  });
  const closing = new AbortController();
  void connectAtLast(client, closing.signal);
  return {
    client,
    db: client.db(),
    close() {
      closing.abort();
      return client.close();
    },
  };
}

/** The driver mends a connection that it once had, but gives up for ever when its first attempt fails: so it is told again. */
async function connectAtLast(client: MongoClient, closing: AbortSignal): Promise<void> {
  while (!closing.aborted) {
    try {
      await client.connect();
      if (closing.aborted) await client.close();
      return;
    } catch {
      await sleep(RECONNECT_MS, undefined, { signal: closing, ref: false }).catch(() => {});
    }
  }
}

/** A plan that ended because its collection was replaced under it: what a rebuild's switch does to a query under way. */
const QUERY_PLAN_KILLED = 175;

/**
 * Asks, once more when a rebuilt read model took the place of the old one meanwhile. Whatever the driver throws becomes
 * `part.unavailable` with the driver's error as its cause.
 */
export async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask().catch((error) => {
      if (error instanceof MongoError && error.code === QUERY_PLAN_KILLED) return ask();
      throw error;
    });
  } catch (error) {
    if (error instanceof MongoError) throw new AmsError('part.unavailable', 'the read model', { cause: error });
    throw error;
  }
}
