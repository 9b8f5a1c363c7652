import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memberEvent } from '../testing.ts';
import { memberCard } from './member-card.ts';

const created = memberEvent('m', 1, { name: 'Kim', role: 'parent', phone: '010' });
const renamed = memberEvent('m', 2, { name: 'Lee' });

test('a card begins with the enrolment and follows the name', () => {
  const begun = memberCard.create(created);
  assert.deepEqual(begun, {
    memberId: 'm',
    name: 'Kim',
    role: 'parent',
    phone: '010',
    guardianId: null,
    enrolledAt: created.occurredAt,
    updatedAt: created.occurredAt,
  });
  assert.deepEqual(memberCard.change(renamed), { name: 'Lee', updatedAt: renamed.occurredAt });
});

test('the present state gives the card that its events give', () => {
  const state = { name: 'Lee', role: 'parent', phone: '010', guardianId: null } as const;
  const [createdAt, updatedAt] = [created.occurredAt, renamed.occurredAt];
  assert.deepEqual(memberCard.fromState({ tenantId: 't', aggregateId: 'm', version: 2, state, createdAt, updatedAt }), {
    _id: 't/m',
    ...memberCard.create(created),
    ...memberCard.change(renamed),
  });
});

test('an event that the card cannot understand is refused, never half applied', () => {
  assert.throws(() => memberCard.create(memberEvent('m', 1, { name: 7 })), /MemberCreated without name/);
  assert.throws(() => memberCard.create({ ...renamed, version: 1 }), /MemberUpdated as version 1/);
  assert.throws(() => memberCard.change({ ...renamed, type: 'MemberTeleported' }), /MemberTeleported/);
});
