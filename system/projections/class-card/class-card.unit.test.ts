import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classEvent } from '../testing.ts';
import { classCard } from './class-card.ts';

test('a card follows name, teacher, capacity and schedule, and the present state gives the same card', () => {
  const [created, updated] = [classEvent('c', 1), classEvent('c', 2, { teacherId: 'other', capacity: 30 })];
  const card = { ...classCard.create(created), ...classCard.change(updated) };
  assert.deepEqual(card, {
    classId: 'c',
    name: 'class 2',
    teacherId: 'other',
    capacity: 30,
    schedule: [{ weekday: 1, startsAt: '16:00', endsAt: '17:30' }],
    createdAt: created.occurredAt,
    updatedAt: updated.occurredAt,
  });
  const { name, teacherId, capacity, schedule } = card;
  const aggregate = { tenantId: 't', aggregateId: 'c', version: 2, state: { name, teacherId, capacity, schedule } };
  const times = { createdAt: created.occurredAt, updatedAt: updated.occurredAt };
  assert.deepEqual(classCard.fromState({ ...aggregate, ...times }), { _id: 't/c', ...card });
});

test('an event without its whole state is refused', () => {
  assert.throws(() => classCard.create(classEvent('c', 1, { capacity: 'many' })), /without capacity/);
  assert.throws(() => classCard.change(classEvent('c', 2, { teacherId: null })), /without teacherId/);
  assert.throws(() => classCard.change({ ...classEvent('c', 2), type: 'ClassClosed' }), /ClassClosed/);
});
