import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rangesAhead } from './outbox-partitions.ts';

const at = (nextXid: bigint, to: bigint | null, defaultHolds = false) => ({
  ranges: to === null ? [] : [{ name: 'p', from: 0n, to }],
  defaultHolds,
  nextXid,
  oldestXid: nextXid,
});

test('while a whole width lies ahead nothing is made', () => {
  assert.deepEqual(rangesAhead(at(1000n, 1100n), 100n), []);
});

test('otherwise ranges follow the last one without a gap until a whole width lies ahead', () => {
  assert.deepEqual(rangesAhead(at(1000n, 1099n), 100n), [{ from: 1099n, to: 1199n }]);
  assert.deepEqual(rangesAhead(at(1000n, 1000n), 100n), [{ from: 1000n, to: 1100n }]);
  assert.deepEqual(rangesAhead(at(1000n, 1050n), 1000n), [{ from: 1050n, to: 2050n }]);
});

test('ids that the default partition took stay with it, and so do those that come while a partition is made', () => {
  assert.deepEqual(rangesAhead(at(50_000n, 1000n, true), 100_000n), [{ from: 60_000n, to: 160_000n }]);
  assert.deepEqual(rangesAhead(at(50_000n, null, true), 100_000n), [{ from: 60_000n, to: 160_000n }]);
  assert.deepEqual(rangesAhead(at(50_000n, 1000n), 100n), [{ from: 60_000n, to: 60_100n }]);
});

test('old events in the default partition do not stop what lies ahead', () => {
  assert.deepEqual(rangesAhead(at(50_000n, 70_000n, true), 100_000n), [{ from: 70_000n, to: 170_000n }]);
});
