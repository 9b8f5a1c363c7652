import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OutboxEvent } from '../../relay/event.ts';
import { attendanceSheet, changedDays } from './attendance-sheet.ts';

function event(version: number, type: string, data: Record<string, unknown>, tenantId = 't'): OutboxEvent {
  const occurredAt = new Date(version * 1000);
  return { tenantId, aggregateId: 'a', aggregateType: 'attendance', version, type, data, traceId: null, occurredAt };
}
const request = { classId: 'c', studentId: 's', date: '2026-11-22' };

test('an entry begins as requested and is confirmed with its mark', () => {
  const requested = attendanceSheet.apply(null, event(1, 'AttendanceRequested', request));
  assert.equal(requested.status, 'requested');
  const confirmed = attendanceSheet.apply(requested, event(2, 'AttendanceConfirmed', { mark: 'late' }));
  assert.deepEqual(confirmed, {
    _id: 't/a',
    tenantId: 't',
    attendanceId: 'a',
    version: 2,
    ...request,
    status: 'confirmed',
    mark: 'late',
    requestedAt: new Date(1000),
    confirmedAt: new Date(2000),
  });
});

test('an event that the sheet cannot understand is refused', () => {
  assert.throws(() => attendanceSheet.apply(null, event(1, 'AttendanceRequested', { classId: 'c' })), /without class/);
  assert.throws(() => attendanceSheet.apply(null, event(2, 'AttendanceConfirmed', { mark: 'late' })), /version 2/);
});

test('the days that change are found per tenant, each once, and other aggregates change none', () => {
  const member = { ...event(1, 'MemberCreated', { date: '2026-01-01' }), aggregateType: 'member' };
  const days = changedDays([
    event(1, 'AttendanceRequested', request),
    event(2, 'AttendanceConfirmed', { mark: 'late', classId: 'c', date: '2026-11-22' }),
    event(1, 'AttendanceRequested', { ...request, date: '2026-11-23' }, 'u'),
    member,
  ]);
  assert.deepEqual(
    days,
    new Map([
      ['t', new Set(['2026-11-22'])],
      ['u', new Set(['2026-11-23'])],
    ]),
  );
});
