// The two statistics as documents: what is counted, from which read model, under which key.
import type { Db, Document } from 'mongodb';
import { idsWithin } from '../../read/shard-keys.ts';
import { DURABLE } from '../durable.ts';
import type { Bucket } from './dirty.ts';

type Of<Kind extends Bucket['kind']> = Extract<Bucket, { kind: Kind }>;

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

/** Counts the classes of one academy and day; a class without entries gets zeros. */
export async function countAttendances(
  db: Db,
  tenantId: string,
  date: string,
  classIds: string[],
): Promise<Map<string, AttendanceCounts>> {
  const groups = await db
    .collection('attendance_sheet', DURABLE)
    .aggregate<AttendanceCounts & { _id: string }>([
      { $match: { $or: classIds.map((classId) => ({ _id: idsWithin(tenantId, classId, date) })) } },
      {
        $group: {
          _id: '$classId',
          requested: count('requested'),
          present: count('confirmed', 'present'),
          late: count('confirmed', 'late'),
          absent: count('confirmed', 'absent'),
        },
      },
    ])
    .toArray();
  const counted = new Map(groups.map(({ _id, ...counts }) => [_id, counts]));
  return new Map(classIds.map((classId) => [classId, counted.get(classId) ?? NO_ATTENDANCE]));
}

/** Sums the payments of one academy for these months, from the index alone; a month without payments gets zeros. */
export async function sumPayments(db: Db, tenantId: string, months: string[]): Promise<Map<string, PaymentSums>> {
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
  const summed = new Map(groups.map(({ _id, ...sums }) => [_id, sums]));
  return new Map(months.map((month) => [month, summed.get(month) ?? NO_PAYMENT]));
}

export type AttendanceBucket = Of<'attendance'>;
export type PaymentBucket = Of<'payment'>;
