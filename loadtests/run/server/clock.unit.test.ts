import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startClockWatch } from './clock.ts';

/** Looks every 2 s at a wall clock that runs `ppm` fast and is set by `jumpMs` behind the fifth look. */
function worstOf(jumpMs: number, ppm = 0): number {
  let monotonicMs = 1e6;
  let look = 0;
  const watch = startClockWatch(() => {
    const wallMs = 1.8e12 + monotonicMs * (1 + ppm / 1e6) + (look > 5 ? jumpMs : 0);
    return { wallMs, monotonicMs };
  });
  let worst = 0;
  for (look = 1; look <= 1800; look++) {
    monotonicMs += 2000;
    worst = watch.look();
  }
  return worst;
}

test('a clock that is set forward or back is told with how much', () => {
  for (const jumpMs of [3_600_000, -5000]) assert.ok(Math.abs(worstOf(jumpMs) - jumpMs) < 1, `${worstOf(jumpMs)}`);
});

test('an hour on a clock that is slewed as fast as it can be is no jump', () => {
  assert.ok(Math.abs(worstOf(0, 500)) < 2, `${worstOf(0, 500)}`);
});

test('the clocks of this machine go together', () => {
  assert.ok(Math.abs(startClockWatch().look()) < 100);
});
