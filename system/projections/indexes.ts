// The indexes of the read models and of what waits beside them. Making one that exists costs nothing.
import type { Db } from 'mongodb';

export async function makeIndexes(db: Db): Promise<void> {
  await Promise.all([
    db
      .collection('attendance_sheet')
      .createIndexes([
        { key: { tenantId: 1, classId: 1, date: 1, attendanceId: 1 } },
        { key: { tenantId: 1, date: 1, status: 1 } },
      ]),
    db.collection('parked').createIndex({ projection: 1, documentId: 1 }),
    db.collection('dead_letter').createIndex({ projection: 1, documentId: 1 }),
  ]);
}
