import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Attendance, decideAttendance, evolveAttendance } from './attendance.ts';

const request = { classId: 'c', studentId: 's', date: '2026-11-22' };
const requested: Attendance = { ...request, status: 'requested', mark: null };

test('a requested attendance waits for its mark', () => {
  const decision = decideAttendance(null, { type: 'RequestAttendance', ...request });
  assert.ok('events' in decision);
  assert.deepEqual(decision.events.reduce<Attendance | null>(evolveAttendance, null), requested);
});

test('confirming sets the mark, and the event names class and day', () => {
  const decision = decideAttendance(requested, { type: 'ConfirmAttendance', mark: 'late' });
  assert.ok('events' in decision);
  assert.deepEqual(decision.events, [
    { type: 'AttendanceConfirmed', data: { mark: 'late', classId: 'c', date: '2026-11-22' } },
  ]);
  const confirmed = decision.events.reduce<Attendance | null>(evolveAttendance, requested);
  assert.deepEqual(confirmed, { ...requested, status: 'confirmed', mark: 'late' });
  assert.deepEqual(decideAttendance(confirmed, { type: 'ConfirmAttendance', mark: 'present' }), {
    refused: 'confirmed',
  });
});

test('an attendance is requested once and cannot be confirmed before', () => {
  assert.deepEqual(decideAttendance(requested, { type: 'RequestAttendance', ...request }), { refused: 'exists' });
  assert.deepEqual(decideAttendance(null, { type: 'ConfirmAttendance', mark: 'late' }), { refused: 'unknown' });
});
