// The documents of one read model in MongoDB, written only over the version that was met. Every operation names documents by `_id`, the shard key.
import {
  type AnyBulkWriteOperation,
  type Collection,
  type Db,
  MongoBulkWriteError,
  type OptionalUnlessRequiredId,
} from 'mongodb';
import { DURABLE } from './durable.ts';
import type { Folded } from './fold.ts';
import type { Versioned } from './projection.ts';

const DUPLICATE_KEY = 11000;

/** What is to be written to one document. */
export interface Write extends Folded<Versioned> {
  _id: string;
  tenantId: string;
}

export interface Written<W extends Write> {
  /** Found at another version than `from`; of changes all, when at least one was. */
  lost: W[];
  /** How many of the lost ones were written all the same: MongoDB says how many, not which. */
  credit: number;
}

export interface Documents {
  /** Versions of these documents; those that do not exist are left out. */
  versions(ids: string[]): Promise<Map<string, number>>;
  /** Makes what began at version 0 and changes the rest, each only if the document still is at the version it was folded from. */
  write<W extends Write>(writes: W[]): Promise<Written<W>>;
}

export function createDocuments(db: Db, collectionName: string): Documents {
  const collection = db.collection<Versioned>(collectionName, DURABLE);
  return {
    async versions(ids) {
      if (ids.length === 0) return new Map();
      // One more than can come: a reply that is full leaves its cursor open, and costs a second question.
      const batchSize = ids.length + 1;
      const cursor = collection.find({ _id: { $in: ids } }, { projection: { version: 1 }, batchSize });
      return new Map((await cursor.toArray()).map(({ _id, version }) => [_id, version]));
    },
    async write(writes) {
      const [clashed, changes] = await Promise.all([
        insert(
          collection,
          writes.filter(({ from }) => from === 0),
        ),
        update(
          collection,
          writes.filter(({ from }) => from > 0),
        ),
      ]);
      return { lost: [...clashed, ...changes.lost], credit: changes.credit };
    },
  };
}

async function insert<W extends Write>(collection: Collection<Versioned>, writes: W[]): Promise<W[]> {
  if (writes.length === 0) return [];
  const documents = writes.map(({ _id, tenantId, version, fields }) => ({ _id, tenantId, version, ...fields }));
  try {
    await collection.insertMany(documents as OptionalUnlessRequiredId<Versioned>[], { ordered: false });
    return [];
  } catch (error) {
    return duplicatesIn(error).map((index) => writes[index]!);
  }
}

/**
 * The version is compared inside the update, not in its filter: a filter of `_id` alone is the one that MongoDB carries out without
 * planning, which is half of the cost of a small update (`npm run bench -- relay`). What does not change is not counted as modified.
 */
async function update<W extends Write>(collection: Collection<Versioned>, writes: W[]): Promise<Written<W>> {
  if (writes.length === 0) return { lost: [], credit: 0 };
  const operations = writes.map(({ _id, from, version, fields }): AnyBulkWriteOperation<Versioned> => {
    const changed = { $mergeObjects: ['$$ROOT', { $literal: { ...fields, version } }] };
    const guarded = { $replaceWith: { $cond: [{ $eq: ['$version', from] }, changed, '$$ROOT'] } };
    return { updateOne: { filter: { _id }, update: [guarded] } };
  });
  const { modifiedCount } = await collection.bulkWrite(operations, { ordered: false });
  return modifiedCount === writes.length ? { lost: [], credit: 0 } : { lost: writes, credit: modifiedCount };
}

/** Places in the batch whose document exists. Throws every other error. */
function duplicatesIn(error: unknown): number[] {
  if (!(error instanceof MongoBulkWriteError) || error.result.getWriteConcernError()) throw error;
  const failed = [error.writeErrors].flat();
  if (failed.length === 0 || failed.some(({ code }) => code !== DUPLICATE_KEY)) throw error;
  return failed.map(({ index }) => index);
}
