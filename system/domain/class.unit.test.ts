import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Class, type ClassCommand, decideClass, evolveClass } from './class.ts';

const maths: Class = {
  name: 'Maths',
  teacherId: 't',
  capacity: 12,
  schedule: [
    { weekday: 1, startsAt: '16:00', endsAt: '17:30' },
    { weekday: 1, startsAt: '17:30', endsAt: '18:00' },
    { weekday: 3, startsAt: '16:30', endsAt: '17:00' },
  ],
};

function after(state: Class | null, command: ClassCommand): Class {
  const decision = decideClass(state, command);
  assert.ok('events' in decision, JSON.stringify(decision));
  return decision.events.reduce<Class | null>(evolveClass, state)!;
}

test('a class is made as asked for; lessons may touch', () => {
  assert.deepEqual(after(null, { type: 'CreateClass', ...maths }), maths);
  assert.deepEqual(decideClass(maths, { type: 'CreateClass', ...maths }), { refused: 'exists' });
});

test('an update changes what it names, and its event carries the whole state', () => {
  const decision = decideClass(maths, { type: 'UpdateClass', teacherId: 'u', capacity: 1 });
  assert.ok('events' in decision);
  assert.deepEqual(decision.events, [{ type: 'ClassUpdated', data: { ...maths, teacherId: 'u', capacity: 1 } }]);
  assert.deepEqual(after(maths, { type: 'UpdateClass', name: 'Algebra' }), { ...maths, name: 'Algebra' });
  assert.deepEqual(decideClass(null, { type: 'UpdateClass', name: 'x' }), { refused: 'unknown' });
});

const impossible = {
  'ends before it starts': [{ weekday: 1, startsAt: '10:00', endsAt: '09:00' }],
  'lasts no time': [{ weekday: 1, startsAt: '10:00', endsAt: '10:00' }],
  'overlaps another at its end': [...maths.schedule, { weekday: 3, startsAt: '16:59', endsAt: '18:00' }],
  'overlaps another at its start': [...maths.schedule, { weekday: 3, startsAt: '16:00', endsAt: '16:31' }],
  'lies inside another': [...maths.schedule, { weekday: 3, startsAt: '16:40', endsAt: '16:50' }],
};
for (const [why, schedule] of Object.entries(impossible)) {
  test(`a lesson that ${why} is refused, when a class is made and when it is changed`, () => {
    assert.deepEqual(decideClass(null, { type: 'CreateClass', ...maths, schedule }), { refused: 'schedule' });
    assert.deepEqual(decideClass(maths, { type: 'UpdateClass', schedule }), { refused: 'schedule' });
  });
}
