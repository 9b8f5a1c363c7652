/** The only place in `system/` that reads the time. Passed in wherever a rule needs it, so that tests choose it. */
export interface Clock {
  now(): Date;
  /** Milliseconds on a clock that never jumps, for durations. */
  monotonicMs(): number;
}

export const systemClock: Clock = { now: () => new Date(), monotonicMs: () => performance.now() };
