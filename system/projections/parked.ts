// What a process knows of parked events, so that it need not ask MongoDB behind every batch: nearly always there are none. In: what this
// process parks, and now and then what somebody has counted. Out: whether a look is worth it.

export interface Parked {
  /** False: nobody had parked anything for this projection when it was last counted, and this process has not since. */
  mayBe(projection: string): boolean;
  /** To be called before this process parks something. */
  parking(projection: string): void;
  /** To be called before counting; what it gives is told with the result: what was parked meanwhile is not forgotten. */
  counting(): (projection: string, count: number) => void;
}

/** Knows nothing at first, so that everything is looked at. */
export function createParked(): Parked {
  const none = new Set<string>();
  let parkings = 0;
  return {
    mayBe: (projection) => !none.has(projection),
    parking(projection) {
      parkings++;
      none.delete(projection);
    },
    counting() {
      const before = parkings;
      return (projection, count) => {
        if (count > 0) none.delete(projection);
        else if (parkings === before) none.add(projection);
      };
    },
  };
}
