// How far a replica is behind, pure: in go what the primary had written at which moments and what the replica has replayed.
// By one clock, ours: the clocks of the two servers need not agree, and a primary at rest makes no lag.

export interface LagTracker {
  /** The primary has written so many bytes of its log at this moment. */
  wrote(atMs: number, bytes: number): void;
  /** How long ago the primary went beyond what the replica has: 0 when the replica has all that is known of. */
  behindMs(nowMs: number, replayedBytes: number): number;
  /** Bytes of the newest moment that the replica lacks. */
  behindBytes(replayedBytes: number): number;
}

/** @param keepMs moments older than this are forgotten; a longer lag is given as this much */
export function createLagTracker(keepMs: number): LagTracker {
  let moments: { atMs: number; bytes: number }[] = [];
  return {
    wrote(atMs, bytes) {
      moments = [...moments.filter((moment) => moment.atMs >= atMs - keepMs), { atMs, bytes }];
    },
    behindMs(nowMs, replayedBytes) {
      const first = moments.find(({ bytes }) => bytes > replayedBytes);
      return first ? Math.max(0, nowMs - first.atMs) : 0;
    },
    behindBytes: (replayedBytes) => Math.max(0, (moments.at(-1)?.bytes ?? 0) - replayedBytes),
  };
}
