// How each collection is sharded: what its `_id` is made of, the keys it was chosen over, and why. Data only; `shard.ts` carries it out.

/** Fields of a shard key in their order; `hashed` spreads values that come in ascending order. */
export type ShardKey = Record<string, 1 | 'hashed'>;

export interface Sharding {
  /** The fields that `_id`, the shard key, consists of, joined by `/`. */
  id: string[];
  /** What `npm run shardkeys` compares it with. */
  candidates: ShardKey[];
  reason: string;
}

/**
 * Every collection is sharded by `_id`, in ranges, and its `_id` begins with what its questions ask by. So one field serves four ends: a write
 * names its shard and is the cheapest that MongoDB has, uniqueness holds in the whole cluster, a list is a range of ids, and that range is an
 * index already. The tenant is first: every question is asked for one. What follows keeps a large tenant divisible.
 */
export const SHARD_KEY: ShardKey = { _id: 1 };

export const SHARDING: Record<string, Sharding> = {
  member_card: {
    id: ['tenantId', 'memberId'],
    candidates: [{ tenantId: 1 }, { tenantId: 'hashed' }, { _id: 'hashed' }, { tenantId: 1, role: 1 }],
    reason: 'read by member; lists stay on the shards of their tenant; the role has five values and divides no tenant',
  },
  class_card: {
    id: ['tenantId', 'classId'],
    candidates: [{ tenantId: 1 }, { _id: 'hashed' }, { tenantId: 1, teacherId: 1 }],
    reason: 'read by class and listed by tenant; a teacher changes, and a key that changes moves documents',
  },
  class_roster: {
    id: ['tenantId', 'classId', 'enrolmentId'],
    candidates: [{ tenantId: 1 }, { _id: 'hashed' }, { tenantId: 1, studentId: 1 }],
    reason: 'the one question is the roster of a class: one range answers it',
  },
  attendance_sheet: {
    id: ['tenantId', 'classId', 'date', 'attendanceId'],
    candidates: [
      { tenantId: 1 },
      { _id: 'hashed' },
      { tenantId: 1, classId: 1, date: 1 },
      { date: 1 },
      { tenantId: 1, date: 1 },
      { tenantId: 1, studentId: 1 },
    ],
    reason:
      'sheets and check-ins in the minutes round the hour ask for one class and day; a key that begins with the date sends a whole day to one shard',
  },
  payment: {
    id: ['tenantId', 'studentId', 'paymentId'],
    candidates: [{ tenantId: 1 }, { _id: 'hashed' }, { tenantId: 1, forMonth: 1 }],
    reason: 'families read the payments of one student; with the month as key all writes of a tenant meet in one range',
  },
  attendance_statistic: {
    id: ['tenantId', 'date', 'classId'],
    candidates: [{ tenantId: 1 }, { _id: 'hashed' }, { tenantId: 1, classId: 1 }],
    reason: 'periods are ranges of days over all classes of a tenant',
  },
  payment_statistic: {
    id: ['tenantId', 'month'],
    candidates: [{ tenantId: 1 }, { _id: 'hashed' }],
    reason: 'periods are ranges of months of a tenant',
  },
};

/** Work lists: small, short-lived, read as a whole. They stay on the primary shard of the database. */
export const UNSHARDED: Record<string, string> = {
  parked: 'empty unless events came early or wait behind a dead letter',
  dead_letter: 'an operator looks at all of them',
  statistic_dirty: 'holds only what has changed since the last turn of the statistics',
};

/** Ids that begin with these parts: the range `_id` of a list. The character after `/` ends it. */
export function idsWithin(...parts: string[]): { $gte: string; $lt: string } {
  const prefix = parts.join('/');
  return { $gte: `${prefix}/`, $lt: `${prefix}0` };
}

/** Ids of a tenant whose next part is from `from` to `to`, both included. */
export function idsBetween(tenantId: string, from: string, to: string): { $gte: string; $lt: string } {
  return { $gte: `${tenantId}/${from}`, $lt: `${tenantId}/${to}0` };
}
