import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFirstTier } from './first-tier.ts';

const HOUR_MS = 3_600_000;

function tierAt() {
  let now = 0;
  const tier = createFirstTier({ monotonicMs: () => now });
  tier.trust(true);
  const put = (scope: string, key: string, value: unknown, { bytes = 10, lifeMs = HOUR_MS } = {}) => {
    const fill = tier.beginFill(scope);
    fill.keep(key, value, bytes, lifeMs);
    fill.end();
  };
  return { tier, put, pass: (ms: number) => (now += ms) };
}

test('keeps a value for its life, and never longer than five minutes', () => {
  const { tier, put, pass } = tierAt();
  put('s', 'short', 1, { lifeMs: 1000 });
  put('s', 'long', 2);
  pass(999);
  assert.equal(tier.get('s', 'short')?.value, 1);
  pass(1);
  assert.equal(tier.get('s', 'short'), undefined);
  pass(298_999);
  assert.equal(tier.get('s', 'long')?.value, 2);
  pass(1);
  assert.equal(tier.get('s', 'long'), undefined);
  assert.deepEqual([tier.entries, tier.bytes], [0, 0]);
});

test('an invalidation drops the keys of its scope and no others', () => {
  const { tier, put } = tierAt();
  put('a', 'one', 1);
  put('a', 'two', 2);
  put('b', 'one', 3);
  tier.drop('a');
  assert.deepEqual(
    [tier.get('a', 'one'), tier.get('a', 'two'), tier.get('b', 'one')?.value],
    [undefined, undefined, 3],
  );
});

test('a fill that began before an invalidation is not kept, one that began after it is', () => {
  const { tier } = tierAt();
  const early = tier.beginFill('s');
  tier.drop('s');
  const late = tier.beginFill('s');
  late.keep('k', 'new', 10, HOUR_MS);
  early.keep('k', 'old', 10, HOUR_MS);
  early.end();
  late.end();
  assert.equal(tier.get('s', 'k')?.value, 'new');
});

test('a fill that was under way while invalidations could be missed is not kept', () => {
  const { tier, put } = tierAt();
  put('s', 'before', 1);
  const fill = tier.beginFill('s');
  tier.trust(false);
  put('s', 'meanwhile', 2);
  tier.trust(true);
  fill.keep('k', 3, 10, HOUR_MS);
  assert.equal(tier.entries, 0);
});

test('holds a bounded number of bytes, the least recently used go first, and nothing too large comes in', () => {
  const { tier, put } = tierAt();
  const MEGABYTE = 2 ** 20;
  put('s', 'huge', 'x', { bytes: MEGABYTE + 1 });
  assert.equal(tier.get('s', 'huge'), undefined);
  for (let i = 0; i < 40; i++) {
    put('s', String(i), i, { bytes: MEGABYTE });
    tier.get('s', '0');
  }
  assert.ok(tier.bytes <= 32 * MEGABYTE, `${tier.bytes} bytes`);
  assert.equal(tier.get('s', '0')?.value, 0);
  assert.equal(tier.get('s', '1'), undefined);
  tier.drop('s');
  assert.deepEqual([tier.entries, tier.bytes], [0, 0]);
});
