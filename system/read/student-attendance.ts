// The attendances of one student in a range of days, over all classes: a page of the collection `attendance_sheet`.
import type { Db } from 'mongodb';
import { entryOf, type SheetEntry, type StoredEntry } from './attendance-sheet.ts';
import { type PageQuery, pageOf } from './page.ts';
import { idsWithin } from './shard-keys.ts';

export const STUDENT_ATTENDANCE_SORTS = ['-date', 'date'] as const;

export interface StudentAttendance extends SheetEntry {
  classId: string;
  date: string;
}

export interface StudentAttendanceQuery extends PageQuery<(typeof STUDENT_ATTENDANCE_SORTS)[number]> {
  tenantId: string;
  studentId: string;
  /** First and last day, YYYY-MM-DD. */
  from: string;
  to: string;
}

export interface StudentAttendances {
  page(query: StudentAttendanceQuery): Promise<{ entries: StudentAttendance[]; total: number }>;
}

export function studentAttendances(db: Db): StudentAttendances {
  const collection = db.collection<StoredEntry>('attendance_sheet');
  return {
    async page({ tenantId, studentId, from, to, ...page }) {
      const filter = { _id: idsWithin(tenantId), tenantId, studentId, date: { $gte: from, $lte: to } };
      const { stored, total } = await pageOf(collection, filter, page);
      return {
        entries: stored.map((entry) => ({ classId: entry.classId, date: entry.date, ...entryOf(entry) })),
        total,
      };
    },
  };
}
