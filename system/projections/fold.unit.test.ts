import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OutboxEvent } from '../relay/event.ts';
import { fold } from './fold.ts';
import type { Versioned } from './projection.ts';
import { memberEvent } from './testing.ts';

interface Log extends Versioned {
  first?: number;
  last?: number;
}

/** Writes down the first and the last version it was given; cannot understand data with `poison`. */
const log = {
  create: (event: OutboxEvent) => ({ first: event.version, ...last(event) }),
  change: last,
};
function last({ version, data }: OutboxEvent) {
  if (data.poison) throw new Error('cannot be understood');
  return { last: version };
}
const event = (version: number, data = {}) => memberEvent('a', version, data);
const versions = (events: OutboxEvent[]) => events.map(({ version }) => version);

test('events are applied one on the other, and what they change is put together', () => {
  const folded = fold<Log>(log, 0, [event(1), event(2), event(3)]);
  assert.deepEqual([folded.from, folded.version, folded.fields], [0, 3, { first: 1, last: 3 }]);
});

test('an event that comes before its predecessor waits, and is applied when that has come', () => {
  const first = fold<Log>(log, 0, [event(1), event(3), event(4)]);
  assert.deepEqual([first.version, first.fields], [1, { first: 1, last: 1 }]);
  assert.deepEqual(versions(first.early), [3, 4]);
  const second = fold<Log>(log, first.version, [event(2), ...first.early]);
  assert.deepEqual([second.from, second.version, second.fields], [1, 4, { last: 4 }]);
  assert.deepEqual(second.early, []);
});

test('what comes twice is counted and changes nothing: from the store, in one batch, and while it waits', () => {
  const folded = fold<Log>(log, 2, [event(1), event(2), event(3), event(3), event(5), event(5)]);
  assert.deepEqual([folded.version, folded.fields], [3, { last: 3 }]);
  assert.deepEqual(versions(folded.duplicates), [1, 2, 3, 5]);
  assert.deepEqual(versions(folded.early), [5]);
});

test('an event that cannot be applied is set apart with its reason, and all that follow it wait', () => {
  const folded = fold<Log>(log, 0, [event(1), event(2, { poison: true }), event(3), event(3), event(4)]);
  assert.deepEqual([folded.version, folded.fields], [1, { first: 1, last: 1 }]);
  assert.equal(folded.dead?.event.version, 2);
  assert.equal(folded.dead?.reason, 'cannot be understood');
  assert.deepEqual(versions(folded.early), [3, 4]);
});
