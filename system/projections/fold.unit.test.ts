import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OutboxEvent } from '../relay/event.ts';
import { fold } from './fold.ts';
import type { Projection, Versioned } from './projection.ts';

interface Log extends Versioned {
  seen: number[];
}

/** Remembers the versions it was given; cannot understand the type "poison". */
const log: Projection<Log> = {
  name: 'log',
  collection: 'log',
  aggregateType: 'thing',
  apply(document, { version, type }) {
    if (type === 'poison') throw new Error('cannot be understood');
    return { _id: 't/a', version, seen: [...(document?.seen ?? []), version] };
  },
};

function event(version: number, type = 'happened'): OutboxEvent {
  const occurredAt = new Date(0);
  return {
    tenantId: 't',
    aggregateId: 'a',
    aggregateType: 'thing',
    version,
    type,
    data: {},
    traceId: null,
    occurredAt,
  };
}
const versions = (events: OutboxEvent[]) => events.map(({ version }) => version);

test('events are applied in the order of their versions, whatever order they come in', () => {
  const folded = fold(log, null, [event(3), event(1), event(2)]);
  assert.deepEqual(folded.document, { _id: 't/a', version: 3, seen: [1, 2, 3] });
});

test('an event that comes before its predecessor waits, and is applied when that has come', () => {
  const first = fold(log, null, [event(1), event(3), event(4)]);
  assert.deepEqual(first.document?.seen, [1]);
  assert.deepEqual(versions(first.early), [3, 4]);
  const second = fold(log, first.document, [event(2), ...first.early]);
  assert.deepEqual(second.document?.seen, [1, 2, 3, 4]);
  assert.deepEqual(second.early, []);
});

test('what comes twice is counted and changes nothing: from the store, in one batch, and while it waits', () => {
  const stored = { _id: 't/a', version: 2, seen: [1, 2] };
  const folded = fold(log, stored, [event(1), event(2), event(3), event(3), event(5), event(5)]);
  assert.deepEqual(folded.document?.seen, [1, 2, 3]);
  assert.deepEqual(versions(folded.duplicates), [1, 2, 3, 5]);
  assert.deepEqual(versions(folded.early), [5]);
});

test('an event that cannot be applied is set apart with its reason, and all that follow it wait', () => {
  const folded = fold(log, null, [event(1), event(2, 'poison'), event(3), event(3), event(4)]);
  assert.deepEqual(folded.document?.seen, [1]);
  assert.equal(folded.dead?.event.version, 2);
  assert.equal(folded.dead?.reason, 'cannot be understood');
  assert.deepEqual(versions(folded.early), [3, 4]);
});
