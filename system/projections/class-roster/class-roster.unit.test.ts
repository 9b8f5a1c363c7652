import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enrolmentEvent } from '../testing.ts';
import { classRoster } from './class-roster.ts';

const [enrolled, withdrawn] = [enrolmentEvent('e', 1), enrolmentEvent('e', 2)];

test('an enrolment begins, ends, and stays as withdrawn; the present state gives the same', () => {
  const begun = classRoster.create(enrolled);
  const ended = { ...begun, ...classRoster.change(withdrawn) };
  assert.deepEqual(ended, {
    enrolmentId: 'e',
    classId: 'c',
    studentId: 's',
    status: 'withdrawn',
    enrolledAt: enrolled.occurredAt,
    withdrawnAt: withdrawn.occurredAt,
  });
  const of = (status: 'active' | 'withdrawn', version: number) => ({
    tenantId: 't',
    aggregateId: 'e',
    version,
    state: { classId: 'c', studentId: 's', status },
    createdAt: enrolled.occurredAt,
    updatedAt: version === 1 ? enrolled.occurredAt : withdrawn.occurredAt,
  });
  assert.deepEqual(classRoster.fromState(of('active', 1)), { _id: 't/c/e', ...begun });
  assert.deepEqual(classRoster.fromState(of('withdrawn', 2)), { _id: 't/c/e', ...ended });
});

test('every event of an enrolment names its document', () => {
  assert.equal(classRoster.id(enrolled), 't/c/e');
  assert.equal(classRoster.id(withdrawn), 't/c/e');
  assert.throws(() => classRoster.id(enrolmentEvent('e', 2, { classId: null })), /without classId/);
});
