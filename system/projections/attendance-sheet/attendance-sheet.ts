// The attendance sheet: one document per entry of a class's sheet, from AttendanceRequested and AttendanceConfirmed.
import type { Mark } from '../../domain/attendance.ts';
import type { OutboxEvent } from '../../relay/event.ts';
import { documentId, type Projection, type Versioned } from '../projection.ts';

export interface AttendanceSheetDocument extends Versioned {
  tenantId: string;
  attendanceId: string;
  classId: string;
  studentId: string;
  /** `YYYY-MM-DD` */
  date: string;
  status: 'requested' | 'confirmed';
  mark: Mark | null;
  requestedAt: Date;
  confirmedAt: Date | null;
}

export const attendanceSheet: Projection<AttendanceSheetDocument> = {
  name: 'attendance-sheet',
  collection: 'attendance_sheet',
  aggregateType: 'attendance',
  apply(entry, event) {
    const { tenantId, aggregateId: attendanceId, version, occurredAt } = event;
    if (event.type === 'AttendanceRequested') {
      const { classId, studentId, date } = event.data as Pick<
        AttendanceSheetDocument,
        'classId' | 'studentId' | 'date'
      >;
      for (const value of [classId, studentId, date]) {
        if (typeof value !== 'string') throw new Error('AttendanceRequested without class, student or date');
      }
      return {
        _id: documentId(event),
        tenantId,
        attendanceId,
        version,
        classId,
        studentId,
        date,
        status: 'requested',
        mark: null,
        requestedAt: occurredAt,
        confirmedAt: null,
      };
    }
    if (event.type === 'AttendanceConfirmed' && entry) {
      const { mark } = event.data as { mark: Mark };
      if (typeof mark !== 'string') throw new Error('AttendanceConfirmed without mark');
      return { ...entry, version, status: 'confirmed', mark, confirmedAt: occurredAt };
    }
    throw new Error(`${event.type} as version ${version} of an attendance sheet's entry`);
  },
};

/** The days whose statistics these events change, per tenant. */
export function changedDays(events: OutboxEvent[]): Map<string, Set<string>> {
  const days = new Map<string, Set<string>>();
  for (const { aggregateType, tenantId, data } of events) {
    if (aggregateType !== attendanceSheet.aggregateType || typeof data.date !== 'string') continue;
    const ofTenant = days.get(tenantId) ?? new Set();
    days.set(tenantId, ofTenant.add(data.date));
  }
  return days;
}
