// The attendance sheet of one class and day: a page of the collection `attendance_sheet`, which has one document per entry.
import type { Db, Sort } from 'mongodb';
import { asked } from './mongo.ts';

/** The orders a sheet can have; `attendanceId` comes straight from the index and is the default. */
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

export interface SheetQuery {
  tenantId: string;
  classId: string;
  /** YYYY-MM-DD */
  date: string;
  /** From 1. */
  page: number;
  size: number;
  sort: SheetSort;
}

interface Stored {
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
  /** One entry of the sheet, whatever its class: to wait for its version. */
  entry(tenantId: string, attendanceId: string): Promise<SheetEntry | null>;
}

export function attendanceSheets(db: Db): AttendanceSheets {
  const collection = db.collection<Stored>('attendance_sheet');
  return {
    async page({ tenantId, classId, date, page, size, sort }) {
      const filter = { tenantId, classId, date };
      const cursor = collection
        .find(filter)
        .sort(order(sort))
        .skip((page - 1) * size)
        .limit(size);
      const [stored, total] = await asked(Promise.all([cursor.toArray(), collection.countDocuments(filter)]));
      return { entries: stored.map(entryOf), total };
    },
    async entry(tenantId, attendanceId) {
      const stored = await asked(collection.findOne({ _id: `${tenantId}/${attendanceId}`, tenantId }));
      return stored && entryOf(stored);
    },
  };
}

/** Ends in attendanceId, so that pages never overlap. */
function order(sort: SheetSort): Sort {
  const direction = sort.startsWith('-') ? -1 : 1;
  const field = sort.replace('-', '');
  return field === 'attendanceId' ? { attendanceId: direction } : { [field]: direction, attendanceId: 1 };
}

function entryOf(stored: Stored): SheetEntry {
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
