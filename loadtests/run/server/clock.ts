// Does the wall clock jump during a run? It is set against the monotonic one, which cannot.

export interface Clocks {
  wallMs: number;
  monotonicMs: number;
}

const read = (): Clocks => ({ wallMs: Date.now(), monotonicMs: performance.now() });

/**
 * `look` compares the two since the look before, and gives the largest difference so far in ms. A clock that is slewed
 * (500 ppm at most: adjtimex(2)) differs by a millisecond between looks that are 2 s apart; one that is set, or a machine
 * that was suspended, by much more.
 */
export function startClockWatch(now: () => Clocks = read): { look(): number } {
  let last = now();
  let worstMs = 0;
  return {
    look() {
      const { wallMs, monotonicMs } = now();
      const jumpMs = wallMs - last.wallMs - (monotonicMs - last.monotonicMs);
      if (Math.abs(jumpMs) > Math.abs(worstMs)) worstMs = jumpMs;
      last = { wallMs, monotonicMs };
      return worstMs;
    },
  };
}
