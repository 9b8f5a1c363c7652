import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drain, settle } from './settle.ts';

const signal = new AbortController().signal;

/** Counts that grow at the given times after the start. */
function growing(steps: Record<string, number[]>) {
  const startMs = performance.now();
  return async () =>
    new Map(
      Object.entries(steps).map(([key, times]) => [
        key,
        times.filter((ms) => ms <= performance.now() - startMs).length,
      ]),
    );
}

test('while a step is learnt, work that begins late is waited for', async () => {
  const read = growing({ late: [250] });
  const after = await settle(new Map(), { read, idle: new Set(), quietMs: 300, signal });
  assert.equal(after.get('late'), 1);
});

test('afterwards a window ends when all that is expected has come', async () => {
  const read = growing({ prompt: [0], late: [250] });
  const expected = new Set(['prompt', 'late']);
  const after = await settle(new Map(), { read, idle: new Set(), expected, quietMs: 60_000, signal });
  assert.deepEqual(
    [...after],
    [
      ['prompt', 1],
      ['late', 1],
    ],
  );
});

test('what moves by itself does not keep a window open', async () => {
  const read = growing({ prompt: [0], poll: Array.from({ length: 10_000 }, (_, i) => i) });
  const expected = new Set(['prompt']);
  const after = await settle(new Map(), { read, idle: new Set(['poll']), expected, quietMs: 60_000, signal });
  assert.equal(after.get('prompt'), 1);
});

test('what was expected and did not come is forgotten', async () => {
  const expected = new Set(['prompt', 'stray']);
  await settle(new Map(), { read: growing({ prompt: [0] }), idle: new Set(), expected, quietMs: 150, signal });
  assert.deepEqual([...expected], ['prompt']);
});

test('what is left from the start is waited for, and what goes on is found', async () => {
  const everySecond = Array.from({ length: 30 }, (_, i) => i * 500);
  assert.deepEqual(await drain(growing({ poll: everySecond, backlog: [100, 600] }), signal), new Set(['poll']));
});
