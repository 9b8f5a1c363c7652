// The attendance sheet: one document per entry of a class's sheet, from AttendanceRequested and AttendanceConfirmed.
import type { Attendance, Mark } from '../../domain/attendance.ts';
import { misunderstood, type Projection, strings, type Versioned } from '../projection.ts';

export interface AttendanceSheetDocument extends Versioned, Attendance {
  attendanceId: string;
  requestedAt: Date;
  confirmedAt: Date | null;
}

export const attendanceSheet: Projection<AttendanceSheetDocument, Attendance> = {
  name: 'attendance-sheet',
  collection: 'attendance_sheet',
  aggregateType: 'attendance',
  id(event) {
    const { classId, date } = strings(event, 'classId', 'date');
    return entryId(event.tenantId, classId, date, event.aggregateId);
  },
  create(event) {
    if (event.type !== 'AttendanceRequested') throw misunderstood(event, `an attendance sheet's entry`);
    return {
      attendanceId: event.aggregateId,
      ...strings(event, 'classId', 'studentId', 'date'),
      status: 'requested',
      mark: null,
      requestedAt: event.occurredAt,
      confirmedAt: null,
    };
  },
  change(event) {
    if (event.type !== 'AttendanceConfirmed') throw misunderstood(event, `an attendance sheet's entry`);
    const { mark } = strings(event, 'mark');
    return { status: 'confirmed', mark: mark as Mark, confirmedAt: event.occurredAt };
  },
  fromState({ tenantId, aggregateId: attendanceId, state, createdAt, updatedAt }) {
    const { classId, studentId, date, status, mark } = state;
    const confirmedAt = status === 'confirmed' ? updatedAt : null;
    const _id = entryId(tenantId, classId, date, attendanceId);
    return { _id, attendanceId, classId, studentId, date, status, mark, requestedAt: createdAt, confirmedAt };
  },
};

function entryId(tenantId: string, classId: string, date: string, attendanceId: string): string {
  return `${tenantId}/${classId}/${date}/${attendanceId}`;
}
