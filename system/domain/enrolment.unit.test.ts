import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideEnrolment, type Enrolment, evolveEnrolment } from './enrolment.ts';

const joined = { classId: 'c', studentId: 's' };
const active: Enrolment = { ...joined, status: 'active' };

test('a student joins once, leaves once, and both events name class and student', () => {
  const join = decideEnrolment(null, { type: 'EnrolStudent', ...joined });
  assert.deepEqual(join, { events: [{ type: 'StudentEnrolled', data: joined }] });
  const leave = decideEnrolment(active, { type: 'WithdrawStudent' });
  assert.ok('events' in leave);
  assert.deepEqual(leave.events, [{ type: 'StudentWithdrawn', data: joined }]);
  const left = leave.events.reduce<Enrolment | null>(evolveEnrolment, active);
  assert.deepEqual(left, { ...joined, status: 'withdrawn' });
  assert.deepEqual(decideEnrolment(left, { type: 'WithdrawStudent' }), { refused: 'withdrawn' });
  assert.deepEqual(decideEnrolment(left, { type: 'EnrolStudent', ...joined }), { refused: 'exists' });
  assert.deepEqual(decideEnrolment(null, { type: 'WithdrawStudent' }), { refused: 'unknown' });
});
