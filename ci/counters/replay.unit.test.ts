import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Arrival, Plan } from '../../loadtests/workload/plan.ts';
import { scriptOf } from './replay.ts';

/** `read a`, `request 1`, `confirm 1`: the number is the aggregate. */
function plan(words: string[]): Plan {
  const arrivals = words.map((word, atMs): Arrival => {
    const [step, name] = word.split(' ') as [string, string];
    const common = { atMs, step, path: `/${name}`, identity: 0 };
    return step === 'read' ? { ...common, method: 'GET' } : { ...common, method: 'POST', key: word, aggregateId: name };
  });
  return { arrivals } as Plan;
}

const words = (script: ReturnType<typeof scriptOf>) =>
  script.map(
    ({ call, isCounted, position }) => `${call.step} ${call.path.slice(1)}${isCounted ? ` #${position}` : ''}`,
  );

test('the first calls of every step are sent, step by step', () => {
  const drawn = plan(['read a', 'request 1', 'read b', 'read c', 'request 2', 'request 3']);
  assert.deepEqual(words(scriptOf(drawn, drawn, 2)), ['read a #0', 'read b #1', 'request 1 #0', 'request 2 #1']);
});

test('every pass repeats the reads of the first one and has writes of its own', () => {
  const first = plan(['read a', 'request 1', 'read b']);
  const later = plan(['request 7', 'read x', 'read y', 'request 8']);
  assert.deepEqual(words(scriptOf(first, later, 2)), ['read a #0', 'read b #1', 'request 7 #0']);
});

test('a write that a later step needs is preferred to others of its step', () => {
  const drawn = plan(['request 1', 'request 2', 'request 3', 'confirm 3']);
  assert.deepEqual(words(scriptOf(drawn, drawn, 1)), ['request 3 #0', 'confirm 3 #0']);
});

test('where there are more needed writes than counted ones, the others are sent before the call that needs them', () => {
  const drawn = plan(['request 1', 'request 2', 'confirm 1', 'confirm 2']);
  const first = plan(['request 1', 'confirm 1', 'confirm 2']);
  assert.deepEqual(words(scriptOf(first, drawn, 2)), ['request 1 #0', 'request 2', 'confirm 1 #0', 'confirm 2 #1']);
});
