// What a load does to the read models, as MongoDB's profiler sees it, and how the data lies under each candidate key.
import type { Db } from 'mongodb';
import { SHARD_KEY, SHARDING, type ShardKey } from '../shard-keys.ts';
import { nameOf, type Profiled, type Spread, spreadOf, type Targets, targetsOf } from './judge.ts';

/** Room for what is written down, in bytes; beyond it the oldest goes. */
const PROFILE_BYTES = 512 * 1024 * 1024;

export interface KeyReport {
  collection: string;
  key: string;
  /** The one that the collection has. */
  chosen: boolean;
  spread: Spread;
  targets: Targets;
}

/** Writes down every operation on the database from now on. */
export async function startProfile(db: Db): Promise<void> {
  await stopProfile(db);
  await db.dropCollection('system.profile').catch(() => false);
  await db.createCollection('system.profile', { capped: true, size: PROFILE_BYTES });
  await db.command({ profile: 2 });
}

export async function stopProfile(db: Db): Promise<void> {
  await db.command({ profile: 0 });
}

/** Every candidate key of every collection that has documents, the chosen one first. */
export async function judgeKeys(db: Db): Promise<KeyReport[]> {
  const names = Object.keys(SHARDING).map((name) => `${db.databaseName}.${name}`);
  const operations = await db
    .collection<Profiled>('system.profile')
    .find({ ns: { $in: names }, op: { $in: ['query', 'command', 'insert', 'update', 'remove'] } })
    .project<Profiled>({ ns: 1, op: 1, command: 1, ninserted: 1 })
    .toArray();
  const reports: KeyReport[] = [];
  for (const [collection, { id, candidates }] of Object.entries(SHARDING)) {
    if ((await db.collection(collection).estimatedDocumentCount()) === 0) continue;
    for (const key of [SHARD_KEY, ...candidates]) {
      reports.push({
        collection,
        key: nameOf(key),
        chosen: key === SHARD_KEY,
        spread: await spread(db, collection, key),
        targets: targetsOf(operations, collection, id, key),
      });
    }
  }
  return reports;
}

async function spread(db: Db, collection: string, key: ShardKey): Promise<Spread> {
  const value = Object.fromEntries(Object.keys(key).map((field, at) => [`f${at}`, `$${field}`]));
  const [sums] = await db
    .collection(collection)
    .aggregate<Parameters<typeof spreadOf>[0]>(
      [
        { $group: { _id: value, n: { $sum: 1 } } },
        {
          $group: {
            _id: null,
            values: { $sum: 1 },
            documents: { $sum: '$n' },
            squares: { $sum: { $multiply: ['$n', '$n'] } },
            largest: { $max: '$n' },
          },
        },
      ],
      { allowDiskUse: true },
    )
    .toArray();
  return spreadOf(sums ?? { values: 0, documents: 0, squares: 0, largest: 0 });
}
