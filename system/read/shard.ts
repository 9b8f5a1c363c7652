// Shards the collections of the read side where a router (mongos) answers: `node system/read/shard.ts`, once before the first event.
// On a single server or a replica set there is nothing to do, and nothing is done.
import { type Db, MongoClient } from 'mongodb';
import { readMongodbUrl } from '../config.ts';
import { SHARD_KEY, SHARDING } from './shard-keys.ts';

/** True where commands go through a router. */
export async function isSharded(db: Db): Promise<boolean> {
  return (await db.admin().command({ hello: 1 })).msg === 'isdbgrid';
}

/** Shards one collection by its key where there are shards; one that is sharded so already stays as it is. */
export async function shardCollection(db: Db, collection: string): Promise<void> {
  if (!(await isSharded(db))) return;
  await db.admin().command({ shardCollection: `${db.databaseName}.${collection}`, key: SHARD_KEY });
}

/** @returns the collections that are sharded now; none on anything but a router */
export async function shardAll(db: Db): Promise<string[]> {
  if (!(await isSharded(db))) return [];
  for (const name of Object.keys(SHARDING)) await shardCollection(db, name);
  return Object.keys(SHARDING);
}

if (import.meta.main) {
  const client = new MongoClient(readMongodbUrl());
  try {
    const sharded = await shardAll(client.db());
    const what = sharded.length > 0 ? `sharded by _id: ${sharded.join(', ')}` : 'no router answers: nothing to shard';
    process.stdout.write(`${what}\n`);
  } finally {
    await client.close();
  }
}
