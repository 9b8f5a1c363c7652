import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Attendance, checkIn, decideAttendance, evolveAttendance } from './attendance.ts';

const request = { classId: 'c', studentId: 's', date: '2026-11-22' };
const requested: Attendance = { ...request, status: 'requested', mark: null };

test('a requested attendance waits for its mark', () => {
  const decision = decideAttendance(null, { type: 'RequestAttendance', ...request });
  assert.ok('events' in decision);
  assert.deepEqual(decision.events.reduce<Attendance | null>(evolveAttendance, null), requested);
});

test('confirming sets the mark, and the event names class, student and day', () => {
  const decision = decideAttendance(requested, { type: 'ConfirmAttendance', mark: 'late' });
  assert.ok('events' in decision);
  assert.deepEqual(decision.events, [{ type: 'AttendanceConfirmed', data: { mark: 'late', ...request } }]);
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

test('a check-in makes of each entry an attendance that is requested and confirmed', () => {
  const entries = [
    { id: 'a', studentId: 's', mark: 'present' as const },
    { id: 'b', studentId: 'u', mark: 'absent' as const },
  ];
  const decision = checkIn({ classId: 'c', date: '2026-11-22' }, entries);
  assert.ok('made' in decision);
  assert.deepEqual(decision.made[0], {
    id: 'a',
    state: { ...request, status: 'confirmed', mark: 'present' },
    events: [
      { type: 'AttendanceRequested', data: request },
      { type: 'AttendanceConfirmed', data: { mark: 'present', ...request } },
    ],
  });
  assert.deepEqual(
    decision.made.map(({ id, state }) => [id, state.studentId, state.mark]),
    [
      ['a', 's', 'present'],
      ['b', 'u', 'absent'],
    ],
  );
});

test('a check-in that names an id or a student twice is refused with the places', () => {
  const entry = (id: string, studentId: string) => ({ id, studentId, mark: 'present' as const });
  const entries = [entry('a', 's'), entry('b', 't'), entry('a', 'u'), entry('d', 's')];
  assert.deepEqual(checkIn({ classId: 'c', date: '2026-11-22' }, entries), { refused: 'twice', entries: [2, 3] });
});
