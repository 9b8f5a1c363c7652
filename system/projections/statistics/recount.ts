// Counts marked buckets again and writes them. Never adds to a count, so that it may be done twice, and by two processes at once.
import { type AnyBulkWriteOperation, type Db, type Document, MongoBulkWriteError } from 'mongodb';
import { DURABLE } from '../durable.ts';
import { type AttendanceBucket, countAttendances, type PaymentBucket, sumPayments } from './buckets.ts';
import { type Bucket, bucketId, type Mark } from './dirty.ts';

const DUPLICATE_KEY = 11000;

/**
 * Counts the buckets of these marks, all of a kind together, so that a turn costs a few commands however many academies it is about. A
 * count is kept only over the revision that stood before counting began: the last one kept has seen at least what every earlier one saw.
 * @returns marks whose buckets are new now; of a kind that met a rival all stay
 */
export async function recount(db: Db, marks: Mark[], now: Date): Promise<Mark[]> {
  const [attendances, payments] = [
    marks.filter((mark): mark is Mark & AttendanceBucket => mark.kind === 'attendance'),
    marks.filter((mark): mark is Mark & PaymentBucket => mark.kind === 'payment'),
  ];
  const [daysKept, monthsKept] = await Promise.all([
    keep(db, 'attendance_statistic', attendances, now, () => countAttendances(db, attendances)),
    keep(db, 'payment_statistic', payments, now, () => sumPayments(db, payments)),
  ]);
  return [...(daysKept ? attendances : []), ...(monthsKept ? payments : [])];
}

/** False when a rival kept a count of the same buckets meanwhile. */
async function keep<Of extends Bucket>(
  db: Db,
  collectionName: string,
  buckets: Of[],
  countedAt: Date,
  count: () => Promise<Map<string, object>>,
): Promise<boolean> {
  if (buckets.length === 0) return true;
  const collection = db.collection<Document & { _id: string }>(collectionName, DURABLE);
  const stored = await collection
    .find({ _id: { $in: buckets.map(bucketId) } }, { projection: { revision: 1 }, batchSize: buckets.length + 1 })
    .toArray();
  const revisions = new Map(stored.map(({ _id, revision }) => [_id, revision as number]));
  const counted = await count();
  const writes = buckets.map((bucket): AnyBulkWriteOperation<Document & { _id: string }> => {
    const id = bucketId(bucket);
    const revision = revisions.get(id);
    const counts = counted.get(id);
    if (revision === undefined) {
      return { insertOne: { document: { _id: id, ...fieldsOf(bucket), ...counts, countedAt, revision: 1 } } };
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

/** What the bucket is, as fields of its document. */
function fieldsOf(bucket: Bucket) {
  return bucket.kind === 'attendance'
    ? { tenantId: bucket.tenantId, date: bucket.date, classId: bucket.classId }
    : { tenantId: bucket.tenantId, month: bucket.month };
}
