// Marks on the buckets whose counts are old: made by whoever applies events, taken away by whoever has counted again.
import { type Collection, type Db, ObjectId } from 'mongodb';
import type { OutboxEvent } from '../../relay/event.ts';
import { DURABLE } from '../durable.ts';

/** What one statistic counts: the attendances of a class on a day, or the payments of an academy for a month. */
export type Bucket =
  | { kind: 'attendance'; tenantId: string; date: string; classId: string }
  | { kind: 'payment'; tenantId: string; month: string };

export type Mark = Bucket & {
  _id: string;
  /** Changes with every marking, so that a mark made while somebody counted outlives that count. */
  stamp: ObjectId;
  /** Since when the counts are old. */
  since: Date;
};

export function bucketId(bucket: Bucket): string {
  return bucket.kind === 'attendance'
    ? `${bucket.tenantId}/${bucket.date}/${bucket.classId}`
    : `${bucket.tenantId}/${bucket.month}`;
}

/** Names a bucket among those of both kinds. */
export function markId(bucket: Bucket): string {
  return `${bucket.kind}/${bucketId(bucket)}`;
}

export function dirtyMarks(db: Db): Collection<Mark> {
  return db.collection<Mark>('statistic_dirty', DURABLE);
}

/** Marks the buckets that these events change. To be called when the documents have been written. */
export async function markBuckets(db: Db, events: OutboxEvent[], now: Date): Promise<void> {
  await mark(db, bucketsOf(events), now);
}

export async function mark(db: Db, buckets: Bucket[], now: Date): Promise<void> {
  if (buckets.length === 0) return;
  await dirtyMarks(db).bulkWrite(
    buckets.map((bucket) => ({
      updateOne: {
        filter: { _id: markId(bucket) },
        update: { $set: { stamp: new ObjectId() }, $setOnInsert: { ...bucket, since: now } },
        upsert: true,
      },
    })),
    { ordered: false },
  );
}

/** The buckets that these events change, each once. An event that its read model cannot understand changes none. */
export function bucketsOf(events: OutboxEvent[]): Bucket[] {
  const found = new Map<string, Bucket>();
  for (const { aggregateType, tenantId, data } of events) {
    const { classId, date, forMonth: month } = data;
    let bucket: Bucket | undefined;
    if (aggregateType === 'attendance' && typeof classId === 'string' && typeof date === 'string') {
      bucket = { kind: 'attendance', tenantId, date, classId };
    } else if (aggregateType === 'payment' && typeof month === 'string') {
      bucket = { kind: 'payment', tenantId, month };
    }
    if (bucket) found.set(markId(bucket), bucket);
  }
  return [...found.values()];
}
