// Counts marked buckets again and writes them. Never adds to a count, so that it may be done twice, and by two processes at once.
import { type AnyBulkWriteOperation, type Db, type Document, MongoBulkWriteError } from 'mongodb';
import { DURABLE } from '../durable.ts';
import { type AttendanceBucket, countAttendances, type PaymentBucket, sumPayments } from './buckets.ts';
import { bucketId, type Mark } from './dirty.ts';

const DUPLICATE_KEY = 11000;

interface Counted {
  bucket: Document & { tenantId: string };
  id: string;
  counts: object;
}

/**
 * Counts the buckets of these marks. A count is kept only over the revision that stood before counting began: the last one kept has seen
 * at least what every earlier one saw.
 * @returns marks whose buckets are new now; the others met a rival and stay
 */
export async function recount(db: Db, marks: Mark[], now: Date): Promise<Mark[]> {
  const groups = Map.groupBy(marks, (mark) =>
    mark.kind === 'attendance' ? `a/${mark.tenantId}/${mark.date}` : `p/${mark.tenantId}`,
  );
  const done = await Promise.all(
    [...groups.values()].map(async (group) => {
      const kept = group[0]!.kind === 'attendance' ? recountDay(db, group, now) : recountMonths(db, group, now);
      return (await kept) ? group : [];
    }),
  );
  return done.flat();
}

async function recountDay(db: Db, marks: Mark[], now: Date): Promise<boolean> {
  const buckets = marks as (Mark & AttendanceBucket)[];
  const { tenantId, date } = buckets[0]!;
  const classIds = buckets.map(({ classId }) => classId);
  return keep(db, 'attendance_statistic', marks, now, async () => {
    const counts = await countAttendances(db, tenantId, date, classIds);
    return buckets.map((mark) => ({
      id: bucketId(mark),
      bucket: { tenantId, date, classId: mark.classId },
      counts: counts.get(mark.classId)!,
    }));
  });
}

async function recountMonths(db: Db, marks: Mark[], now: Date): Promise<boolean> {
  const buckets = marks as (Mark & PaymentBucket)[];
  const { tenantId } = buckets[0]!;
  const months = buckets.map(({ month }) => month);
  return keep(db, 'payment_statistic', marks, now, async () => {
    const sums = await sumPayments(db, tenantId, months);
    return buckets.map((mark) => ({
      id: bucketId(mark),
      bucket: { tenantId, month: mark.month },
      counts: sums.get(mark.month)!,
    }));
  });
}

/** False when a rival kept a count of the same buckets meanwhile. */
async function keep(
  db: Db,
  collectionName: string,
  marks: Mark[],
  countedAt: Date,
  count: () => Promise<Counted[]>,
): Promise<boolean> {
  const collection = db.collection<Document & { _id: string }>(collectionName, DURABLE);
  const stored = await collection
    .find({ _id: { $in: marks.map(bucketId) } }, { projection: { revision: 1 } })
    .toArray();
  const revisions = new Map(stored.map(({ _id, revision }) => [_id, revision as number]));
  const writes = (await count()).map(({ id, bucket, counts }): AnyBulkWriteOperation<Document & { _id: string }> => {
    const revision = revisions.get(id);
    if (revision === undefined) {
      return { insertOne: { document: { _id: id, ...bucket, ...counts, countedAt, revision: 1 } } };
    }
    const update = { $set: { ...counts, countedAt, revision: revision + 1 } };
    return { updateOne: { filter: { _id: id, revision }, update } };
  });
  try {
    const { insertedCount, matchedCount } = await collection.bulkWrite(writes, { ordered: false });
    return insertedCount + matchedCount === writes.length;
  } catch (error) {
    if (error instanceof MongoBulkWriteError && error.code === DUPLICATE_KEY) return false;
    throw error;
  }
}
