import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attendanceEvent } from '../testing.ts';
import { attendanceSheet } from './attendance-sheet.ts';

const [requested, confirmed] = [attendanceEvent('a', 1), attendanceEvent('a', 2, { mark: 'late' })];

test('an entry begins as requested and is confirmed with its mark; the present state gives the same', () => {
  const begun = attendanceSheet.create(requested);
  assert.equal(begun.status, 'requested');
  const ended = { ...begun, ...attendanceSheet.change(confirmed) };
  assert.deepEqual(ended, {
    attendanceId: 'a',
    classId: 'c',
    studentId: 's',
    date: '2026-11-22',
    status: 'confirmed',
    mark: 'late',
    requestedAt: requested.occurredAt,
    confirmedAt: confirmed.occurredAt,
  });
  const state = { classId: 'c', studentId: 's', date: '2026-11-22', status: 'confirmed', mark: 'late' } as const;
  const times = { createdAt: requested.occurredAt, updatedAt: confirmed.occurredAt };
  assert.deepEqual(attendanceSheet.fromState({ tenantId: 't', aggregateId: 'a', version: 2, state, ...times }), {
    _id: attendanceSheet.id(confirmed),
    ...ended,
  });
});

test('an event that the sheet cannot understand is refused', () => {
  assert.throws(() => attendanceSheet.create(attendanceEvent('a', 1, { studentId: 7 })), /without studentId/);
  assert.throws(() => attendanceSheet.change(attendanceEvent('a', 2, { mark: undefined })), /without mark/);
  assert.throws(() => attendanceSheet.create({ ...confirmed, version: 1 }), /version 1/);
});
