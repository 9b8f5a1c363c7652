import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anotherFits } from './budget.ts';
import { clockJump } from './clock.ts';

const before = { wall: 1_800_000_000_000, monotonic: 5000 };

test('a clock that is set forward or back by a second is told, one that slews by 15 ms in 30 s is not', () => {
  const after = (wall: number) => ({ wall: before.wall + wall, monotonic: before.monotonic + 30_000 });
  assert.equal(clockJump(before, after(30_015)), undefined);
  assert.match(clockJump(before, after(31_000))!, /\+1000 ms/);
  assert.match(clockJump(before, after(29_000))!, /-1000 ms/);
});

test('another pair fits as long as a confirmation and the end may follow it', () => {
  // 30 s the pair, 4.5 + 7.5 + 45 s the turns, 10 s the end: 97 s.
  assert.equal(anotherFits(97_000, 30_000), true);
  assert.equal(anotherFits(96_900, 30_000), false);
});
