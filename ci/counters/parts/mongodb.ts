// MongoDB operations, and the documents and index keys that each examined and returned: from the profiler, because serverStatus
// has only sums over the whole server and `top` only times. The profiler writes its document before the server answers.
import { type Document, MongoClient } from 'mongodb';
import { add, type Counts, keyOf } from '../counter.ts';
import { mongodbText } from '../normalise.ts';
import type { CounterReader } from './reader.ts';

const OWN_NAME = 'amsperf-counters';
/** Some 50,000 operations: more than a replay makes, so none is overwritten before it is read. */
const PROFILE_BYTES = 64 * 1024 * 1024;
const NOT_A_SERVICE = new Set(['admin', 'config', 'local']);

/**
 * Profiles every operation of the databases that are there now and of the one that the URL names, until it is closed.
 * Operations on `admin` (hello, ping) are the driver's and are not counted.
 */
export async function openMongodb(url: string): Promise<CounterReader> {
  const client = new MongoClient(url, { appName: OWN_NAME, serverSelectionTimeoutMS: 2000 });
  try {
    const { databases } = await client.db('admin').admin().listDatabases({ nameOnly: true });
    const names = new Set([client.db().databaseName, ...databases.map(({ name }) => name as string)]);
    const profiles = await Promise.all(
      [...names].filter((name) => !NOT_A_SERVICE.has(name)).map((name) => profile(client, name)),
    );
    const counts: Counts = new Map();
    return {
      async read() {
        for (const next of profiles) for (const entry of await next.entries()) count(counts, entry);
        return new Map(counts);
      },
      async close() {
        await Promise.all(profiles.map((one) => one.stop()));
        await client.close();
      },
    };
  } catch (error) {
    await client.close();
    throw error;
  }
}

async function profile(client: MongoClient, name: string) {
  const db = client.db(name);
  const stop = async () => {
    await db.command({ profile: 0, filter: 'unset' });
    await db.dropCollection('system.profile').catch(() => {});
  };
  await stop();
  await db.createCollection('system.profile', { capped: true, size: PROFILE_BYTES });
  // A filter takes the place of the level's own choice: every operation but ours.
  await db.command({ profile: 1, filter: { appName: { $ne: OWN_NAME } } });
  let seen = 0;
  return {
    stop,
    /** Those that were written since the last time: the collection keeps the order in which they came. */
    async entries(): Promise<Document[]> {
      const entries = await db.collection('system.profile').find().sort({ $natural: 1 }).skip(seen).toArray();
      seen += entries.length;
      return entries;
    },
  };
}

function count(counts: Counts, entry: Document): void {
  const text = mongodbText(entry as Parameters<typeof mongodbText>[0]);
  add(counts, keyOf('mongodb-operations', text), 1);
  add(counts, keyOf('documents-examined', text), Number(entry.docsExamined ?? 0));
  add(counts, keyOf('keys-examined', text), Number(entry.keysExamined ?? 0));
  add(counts, keyOf('documents-returned', text), Number(entry.nreturned ?? 0));
}
