// A clock that is set while a turn is measured: two readings of the wall clock and the monotonic one in, the jump out.
import { CLOCK_JUMP_MS } from './defaults.ts';

/** Both clocks at one moment, ms: `wall` since 1970, `monotonic` since any moment. */
export interface Clocks {
  wall: number;
  monotonic: number;
}

/** The jump in words, undefined when the clocks went alike: planned starts and windows of wall-clock time mean nothing after one. */
export function clockJump(before: Clocks, after: Clocks): string | undefined {
  const jumpMs = after.wall - before.wall - (after.monotonic - before.monotonic);
  if (Math.abs(jumpMs) <= CLOCK_JUMP_MS) return undefined;
  return `the clock of this machine was set by ${jumpMs > 0 ? '+' : ''}${jumpMs.toFixed(0)} ms during the load`;
}
