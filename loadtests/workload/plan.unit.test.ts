import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLine, type Sent, sentLine, startLine, versionOf } from './plan.ts';

test('a record of a request comes back from its line as it was', () => {
  const sent: Sent = { index: 12, pickedMs: -499.461, startMs: 8.334, serviceMs: 6.865, status: 200, version: 3 };
  assert.deepEqual(readLine(sentLine(sent)), sent);
  const { version: _, ...without } = { ...sent, status: 0 };
  assert.deepEqual(readLine(sentLine(without)), without);
});

test('the start line gives the epoch of time zero', () => {
  assert.deepEqual(readLine(startLine(1795375174169.969)), { start: 1795375174169.969 });
});

test('a line that was cut off is no record', () => {
  const line = sentLine({ index: 12, pickedMs: 1, startMs: 8.334, serviceMs: 6.865, status: 200 });
  for (const length of [0, 1, 5, 12, 20]) assert.equal(readLine(line.slice(0, length)), undefined);
});

test('versions are read from weak and strong entity tags', () => {
  assert.equal(versionOf('W/"7"'), 7);
  assert.equal(versionOf('"12"'), 12);
  for (const none of [undefined, null, '', 'W/"x"', '7']) assert.equal(versionOf(none), undefined);
});
