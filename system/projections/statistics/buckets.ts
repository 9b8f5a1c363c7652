// The two statistics as documents: what is counted, from which read model, under which key.
import type { Db, Document } from 'mongodb';
import { idsWithin } from '../../read/shard-keys.ts';
import { DURABLE } from '../durable.ts';
import { type Bucket, bucketId } from './dirty.ts';

export type AttendanceBucket = Extract<Bucket, { kind: 'attendance' }>;
export type PaymentBucket = Extract<Bucket, { kind: 'payment' }>;

export interface AttendanceCounts {
  /** Entries that wait for their confirmation. */
  requested: number;
  present: number;
  late: number;
  absent: number;
}

export interface PaymentSums {
  payments: number;
  amountWon: number;
  refunds: number;
  refundedWon: number;
  /** Won by method, refunds not taken off. */
  cardWon: number;
  cashWon: number;
  transferWon: number;
}

interface Kept {
  _id: string;
  tenantId: string;
  /** Grows with every count; a count is written only over the one that stood when it began. */
  revision: number;
  countedAt: Date;
}

export interface AttendanceStatisticDocument extends Kept, AttendanceCounts {
  date: string;
  classId: string;
}

export interface PaymentStatisticDocument extends Kept, PaymentSums {
  month: string;
}

const count = (status: string, mark?: string): Document => ({
  $sum: { $cond: [{ $and: [{ $eq: ['$status', status] }, ...(mark ? [{ $eq: ['$mark', mark] }] : [])] }, 1, 0] },
});
const wonWhere = (field: string, value: string): Document => ({
  $sum: { $cond: [{ $eq: [field, value] }, '$amountWon', 0] },
});

const NO_ATTENDANCE: AttendanceCounts = { requested: 0, present: 0, late: 0, absent: 0 };
const NO_PAYMENT: PaymentSums = {
  payments: 0,
  amountWon: 0,
  refunds: 0,
  refundedWon: 0,
  cardWon: 0,
  cashWon: 0,
  transferWon: 0,
};

/** Counts classes and days, of any academies, in one question: by bucket id. A class without entries gets zeros. */
export async function countAttendances(db: Db, buckets: AttendanceBucket[]): Promise<Map<string, AttendanceCounts>> {
  const groups = await db
    .collection('attendance_sheet', DURABLE)
    .aggregate<AttendanceCounts & { _id: string }>([
      {
        $match: { $or: buckets.map(({ tenantId, classId, date }) => ({ _id: idsWithin(tenantId, classId, date) })) },
      },
      {
        $group: {
          // As `bucketId` makes it.
          _id: { $concat: ['$tenantId', '/', '$date', '/', '$classId'] },
          requested: count('requested'),
          present: count('confirmed', 'present'),
          late: count('confirmed', 'late'),
          absent: count('confirmed', 'absent'),
        },
      },
    ])
    .toArray();
  const counted = new Map(groups.map(({ _id, ...counts }) => [_id, counts]));
  return new Map(buckets.map(bucketId).map((id) => [id, counted.get(id) ?? NO_ATTENDANCE]));
}

/** Sums months of any academies: by bucket id, a question for each academy. */
export async function sumPayments(db: Db, buckets: PaymentBucket[]): Promise<Map<string, PaymentSums>> {
  const academies = [...Map.groupBy(buckets, ({ tenantId }) => tenantId)];
  const summed = await Promise.all(
    academies.map(async ([tenantId, own]) => {
      const sums = await sumMonths(
        db,
        tenantId,
        own.map(({ month }) => month),
      );
      return own.map((bucket) => [bucketId(bucket), sums.get(bucket.month) ?? NO_PAYMENT] as const);
    }),
  );
  return new Map(summed.flat());
}

/** The payments of one academy by month, from the index alone. */
async function sumMonths(db: Db, tenantId: string, months: string[]): Promise<Map<string, PaymentSums>> {
  const groups = await db
    .collection('payment', DURABLE)
    .aggregate<PaymentSums & { _id: string }>([
      { $match: { _id: idsWithin(tenantId), tenantId, forMonth: { $in: months } } },
      {
        $group: {
          _id: '$forMonth',
          payments: { $sum: 1 },
          amountWon: { $sum: '$amountWon' },
          refunds: count('refunded'),
          refundedWon: wonWhere('$status', 'refunded'),
          cardWon: wonWhere('$method', 'card'),
          cashWon: wonWhere('$method', 'cash'),
          transferWon: wonWhere('$method', 'transfer'),
        },
      },
    ])
    .toArray();
  return new Map(groups.map(({ _id, ...sums }) => [_id, sums]));
}
