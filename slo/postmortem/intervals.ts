// Times at which something held, as intervals. Pure.
export interface Interval {
  fromSeconds: number;
  toSeconds: number;
}

/** @param times in seconds, in any order @param maxGapSeconds times further apart than this belong to different intervals */
export function intervalsOf(times: readonly number[], maxGapSeconds: number): Interval[] {
  const found: Interval[] = [];
  for (const at of [...times].sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last && at - last.toSeconds <= maxGapSeconds) last.toSeconds = at;
    else found.push({ fromSeconds: at, toSeconds: at });
  }
  return found;
}

export const floorTo = (seconds: number, step: number) => Math.floor(seconds / step) * step;
export const ceilTo = (seconds: number, step: number) => Math.ceil(seconds / step) * step;
