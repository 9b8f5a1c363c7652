import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OutboxEvent } from '../../relay/event.ts';
import { memberCard } from './member-card.ts';

function event(version: number, type: string, data: Record<string, unknown>): OutboxEvent {
  const occurredAt = new Date(version * 1000);
  return { tenantId: 't', aggregateId: 'm', aggregateType: 'member', version, type, data, traceId: null, occurredAt };
}

test('a card begins with the enrolment and follows the name', () => {
  const created = memberCard.apply(null, event(1, 'MemberCreated', { name: 'Kim', role: 'parent', phone: '010' }));
  const renamed = memberCard.apply(created, event(2, 'MemberUpdated', { name: 'Lee' }));
  assert.deepEqual(renamed, {
    _id: 't/m',
    tenantId: 't',
    memberId: 'm',
    version: 2,
    name: 'Lee',
    role: 'parent',
    phone: '010',
    enrolledAt: new Date(1000),
    updatedAt: new Date(2000),
  });
});

test('an event that the card cannot understand is refused, never half applied', () => {
  assert.throws(() => memberCard.apply(null, event(1, 'MemberCreated', {})), /without name/);
  assert.throws(() => memberCard.apply(null, event(1, 'MemberUpdated', { name: 'Lee' })), /MemberUpdated as version 1/);
  assert.throws(() => memberCard.apply(null, event(1, 'MemberTeleported', {})), /MemberTeleported/);
});
