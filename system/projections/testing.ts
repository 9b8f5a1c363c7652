// Events for tests of the projections: each builder gives version n of one aggregate of tenant `t`.
import type { OutboxEvent } from '../relay/event.ts';

type Builder = (aggregateId: string, version: number, data?: Record<string, unknown>, tenantId?: string) => OutboxEvent;

/** @param types the event type of version 1 and of every later one */
function builder(
  aggregateType: string,
  types: [first: string, later: string],
  dataOf: (version: number) => Record<string, unknown>,
): Builder {
  return (aggregateId, version, data = {}, tenantId = 't') => ({
    id: `${tenantId}/${aggregateId}/${version}`,
    lane: 0,
    tenantId,
    aggregateType,
    aggregateId,
    version,
    type: version === 1 ? types[0] : types[1],
    data: { ...dataOf(version), ...data },
    traceParent: null,
    occurredAt: new Date(1_000_000 + version),
  });
}

export const memberEvent = builder('member', ['MemberCreated', 'MemberUpdated'], (version) => ({
  name: `name ${version}`,
  ...(version === 1 && { role: 'student', phone: null, guardianId: null }),
}));

export const classEvent = builder('class', ['ClassCreated', 'ClassUpdated'], (version) => ({
  name: `class ${version}`,
  teacherId: 'teacher',
  capacity: 20,
  schedule: [{ weekday: 1, startsAt: '16:00', endsAt: '17:30' }],
}));

export const enrolmentEvent = builder('enrolment', ['StudentEnrolled', 'StudentWithdrawn'], () => ({
  classId: 'c',
  studentId: 's',
}));

export const attendanceEvent = builder('attendance', ['AttendanceRequested', 'AttendanceConfirmed'], (version) => ({
  classId: 'c',
  studentId: 's',
  date: '2026-11-22',
  ...(version > 1 && { mark: 'present' }),
}));

export const paymentEvent = builder('payment', ['PaymentRecorded', 'PaymentRefunded'], (version) => ({
  studentId: 's',
  amountWon: 120_000,
  forMonth: '2026-11',
  ...(version === 1 ? { method: 'card', receiptNumber: 'R-1' } : { reason: 'moved away' }),
}));
