import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare, flatten } from './audit.ts';

const whole = { stateVersion: 2, events: 2, firstEvent: 1, lastEvent: 2, documentVersion: 2, mayLack: 'none' as const };

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
      ['t/unread', { ...whole, stateVersion: 1, events: 1, lastEvent: 1, documentVersion: 0 }],
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
      ['t/gap', { ...whole, stateVersion: 3, events: 2, lastEvent: 3, documentVersion: 3 }],
      ['t/behind', { ...whole, documentVersion: 1 }],
      ['t/whole', whole],
    ]),
  );
  assert.deepEqual(audit.missing, [
    { id: 'gap', version: 3, where: 'outbox', why: 'version 3, but 2 events up to version 3' },
    { id: 'behind', version: 2, where: 'projection', why: 'version 2, but the read model has version 1' },
  ]);
});

test('events that were dropped after everybody had read them are not missed, younger ones are', () => {
  const old = { ...whole, stateVersion: 3, documentVersion: 3 };
  const kept = {
    't/dropped': { ...old, events: 0, firstEvent: 0, lastEvent: 0, mayLack: 'all' },
    't/partly': { ...old, events: 1, firstEvent: 3, lastEvent: 3, mayLack: 'first' },
    't/beginningLost': { ...old, events: 1, firstEvent: 3, lastEvent: 3, mayLack: 'none' },
    't/endLost': { ...old, events: 1, firstEvent: 2, lastEvent: 2, mayLack: 'first' },
    't/middleLost': { ...old, events: 2, firstEvent: 1, lastEvent: 3, mayLack: 'all' },
    't/never': { ...old, events: 0, firstEvent: 0, lastEvent: 0, mayLack: 'first' },
  } as const;
  const acknowledged = [{ id: 'dropped', version: 3 }];
  const audit = compare(acknowledged, new Map(Object.entries(kept)));
  assert.equal(audit.published, 1);
  assert.deepEqual(
    audit.missing.map(({ id, where }) => [id, where]),
    ['beginningLost', 'endLost', 'middleLost', 'never'].map((id) => [id, 'outbox']),
  );
});

test('a bulk command acknowledges each of its entries', () => {
  const entries = ['a', 'b'].map((id) => ({ id, version: 2 }));
  const acknowledged = [
    { id: 'c', version: 1 },
    { id: 'class', version: 0 as const, entries },
  ];
  assert.deepEqual(flatten(acknowledged), [{ id: 'c', version: 1 }, ...entries]);
});
