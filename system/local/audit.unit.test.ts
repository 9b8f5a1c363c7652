import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare } from './audit.ts';

const whole = { stateVersion: 2, events: 2, lastEvent: 2, documentVersion: 2 };

test('a whole database has as many projected as published as acknowledged', () => {
  const acknowledged = [1, 2].map((version) => ({ id: 'a', version }));
  const audit = compare(acknowledged, new Map([['t/a', whole]]));
  assert.deepEqual(audit, {
    acknowledged: 2,
    published: 2,
    projected: 2,
    missing: [],
    missingTotal: 0,
    aggregates: 1,
    events: 2,
  });
});

test('an acknowledged command without an event, or without its document, is listed with the place it is missing from', () => {
  const acknowledged = [
    { id: 'lost', version: 1 },
    { id: 'behind', version: 2 },
    { id: 'unread', version: 1 },
  ];
  const audit = compare(
    acknowledged,
    new Map([
      ['t/behind', { ...whole, documentVersion: 1 }],
      ['t/unread', { stateVersion: 1, events: 1, lastEvent: 1, documentVersion: 0 }],
    ]),
  );
  assert.equal(audit.published, 2);
  assert.equal(audit.projected, 0);
  assert.deepEqual(audit.missing, [
    { id: 'lost', version: 1, where: 'outbox', why: 'acknowledged, but 0 events are kept' },
    { id: 'behind', version: 2, where: 'projection', why: 'acknowledged, but the read model has version 1' },
    { id: 'unread', version: 1, where: 'projection', why: 'acknowledged, but not in the read model' },
  ]);
});

test('aggregates that nobody acknowledged are compared too', () => {
  const audit = compare(
    [],
    new Map([
      ['t/gap', { stateVersion: 3, events: 2, lastEvent: 3, documentVersion: 3 }],
      ['t/behind', { ...whole, documentVersion: 1 }],
      ['t/whole', whole],
    ]),
  );
  assert.deepEqual(audit.missing, [
    { id: 'gap', version: 3, where: 'outbox', why: 'version 3, but 2 events up to version 3' },
    { id: 'behind', version: 2, where: 'projection', why: 'version 2, but the read model has version 1' },
  ]);
});
