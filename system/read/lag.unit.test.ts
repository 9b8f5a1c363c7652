import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLagTracker } from './lag.ts';

test('a replica that has everything is not behind, however long ago that was written', () => {
  const lag = createLagTracker(60_000);
  lag.wrote(0, 100);
  assert.equal(lag.behindMs(50_000, 100), 0);
  assert.equal(lag.behindBytes(100), 0);
  assert.equal(lag.behindBytes(250), 0, 'it may have got more since');
});

test('the lag counts from the first moment that the replica lacks', () => {
  const lag = createLagTracker(60_000);
  for (const [atMs, bytes] of [
    [0, 100],
    [1000, 200],
    [2000, 300],
  ] as const)
    lag.wrote(atMs, bytes);
  assert.equal(lag.behindMs(2500, 100), 1500);
  assert.equal(lag.behindMs(2500, 199), 1500);
  assert.equal(lag.behindMs(2500, 200), 500);
  assert.equal(lag.behindBytes(199), 101);
});

test('before anything is known there is no lag, and what is kept is bounded', () => {
  const lag = createLagTracker(1000);
  assert.equal(lag.behindMs(5, 0), 0);
  for (let atMs = 0; atMs <= 10_000; atMs += 500) lag.wrote(atMs, atMs + 1);
  assert.equal(lag.behindMs(10_000, 0), 1000);
});
