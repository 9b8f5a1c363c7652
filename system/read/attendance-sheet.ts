// The attendance sheet of one class and day: a page of the collection `attendance_sheet`, which has one document per entry.
import type { Db } from 'mongodb';
import { asked } from './mongo.ts';
import { type Freshness, type PageQuery, pageOf, preference } from './page.ts';
import { idsWithin } from './shard-keys.ts';

export const SHEET_SORTS = ['attendanceId', '-attendanceId', 'requestedAt', '-requestedAt'] as const;
export type SheetSort = (typeof SHEET_SORTS)[number];

export interface SheetEntry {
  attendanceId: string;
  studentId: string;
  status: 'requested' | 'confirmed';
  mark: 'present' | 'late' | 'absent' | null;
  requestedAt: string;
  confirmedAt: string | null;
  version: number;
}

export interface SheetQuery extends PageQuery<SheetSort>, Freshness {
  tenantId: string;
  classId: string;
  /** YYYY-MM-DD */
  date: string;
}

export interface StoredEntry {
  _id: string;
  tenantId: string;
  attendanceId: string;
  classId: string;
  studentId: string;
  date: string;
  status: SheetEntry['status'];
  mark: SheetEntry['mark'];
  requestedAt: Date;
  confirmedAt: Date | null;
  version: number;
}

export interface AttendanceSheets {
  page(query: SheetQuery): Promise<{ entries: SheetEntry[]; total: number }>;
  /** One entry of the sheet: to wait for its version. */
  entry(
    key: { tenantId: string; classId: string; date: string; attendanceId: string },
    freshness?: Freshness,
  ): Promise<SheetEntry | null>;
}

export function attendanceSheets(db: Db): AttendanceSheets {
  const collection = db.collection<StoredEntry>('attendance_sheet');
  return {
    async page({ tenantId, classId, date, primary, ...page }) {
      const byId = page.sort.endsWith('attendanceId');
      const _id = idsWithin(tenantId, classId, date);
      // Of one sheet the ids are in the order of the attendances: the range of ids is all that this order needs.
      const filter = byId ? { _id } : { _id, tenantId, classId, date };
      const sort = byId ? page.sort.replace('attendanceId', '_id') : page.sort;
      const { stored, total } = await pageOf(collection, filter, { ...page, sort }, { primary });
      return { entries: stored.map(entryOf), total };
    },
    async entry({ tenantId, classId, date, attendanceId }, freshness = {}) {
      const _id = `${tenantId}/${classId}/${date}/${attendanceId}`;
      const stored = await asked(() => collection.findOne({ _id }, preference(freshness)));
      return stored && entryOf(stored);
    },
  };
}

export function entryOf(stored: StoredEntry): SheetEntry {
  return {
    attendanceId: stored.attendanceId,
    studentId: stored.studentId,
    status: stored.status,
    mark: stored.mark,
    requestedAt: stored.requestedAt.toISOString(),
    confirmedAt: stored.confirmedAt?.toISOString() ?? null,
    version: stored.version,
  };
}
