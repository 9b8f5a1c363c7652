// The indexes of the read models and of what waits beside them, each from a question of `read/` or of the engine. Making one that exists costs nothing.
import type { Db, IndexDescription } from 'mongodb';

/** Each ends in `_id`, the shard key, which every question carries and which makes an order unambiguous. */
export const INDEXES: Record<string, IndexDescription[]> = {
  // Also for all roles at once: five walks, merged in the order of names.
  member_card: [{ key: { tenantId: 1, role: 1, name: 1, _id: 1 } }],
  class_card: [{ key: { tenantId: 1, name: 1, _id: 1 } }],
  class_roster: [{ key: { tenantId: 1, classId: 1, status: 1, enrolledAt: 1, _id: 1 } }],
  attendance_sheet: [
    { key: { tenantId: 1, classId: 1, date: 1, requestedAt: 1, _id: 1 } },
    { key: { tenantId: 1, studentId: 1, date: 1, _id: 1 } },
  ],
  payment: [
    { key: { tenantId: 1, studentId: 1, recordedAt: 1, _id: 1 } },
    { key: { tenantId: 1, studentId: 1, forMonth: 1, recordedAt: 1, _id: 1 } },
    { key: { tenantId: 1, forMonth: 1, recordedAt: 1, _id: 1 } },
    { key: { tenantId: 1, recordedAt: 1, _id: 1 } },
    // All that the sum of a month needs, so that it reads no document.
    { key: { tenantId: 1, forMonth: 1, status: 1, method: 1, amountWon: 1, _id: 1 } },
  ],
  parked: [{ key: { projection: 1, aggregate: 1 } }],
  dead_letter: [{ key: { projection: 1, aggregate: 1 } }],
  statistic_dirty: [{ key: { since: 1 } }],
};

export async function makeIndexes(db: Db): Promise<void> {
  await Promise.all(Object.entries(INDEXES).map(([name, indexes]) => db.collection(name).createIndexes(indexes)));
}
