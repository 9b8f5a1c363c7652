// Availability as time slices: asks the health path once a second beside a load; a slice without a good answer was down.

export interface Availability {
  slices: number;
  up: number;
}

/**
 * Starts asking. A slice is up when the path answers 2xx within the slice.
 * `stop` waits for the last answer and gives the counts.
 */
export function startHealthProbe(url: string, sliceMs = 1000): { stop(): Promise<Availability> } {
  const result: Availability = { slices: 0, up: 0 };
  const underWay = new Set<Promise<void>>();
  const ask = () => {
    const asking = isUp(url, sliceMs)
      .then((up) => {
        result.slices++;
        if (up) result.up++;
      })
      .finally(() => underWay.delete(asking));
    underWay.add(asking);
  };
  ask();
  const timer = setInterval(ask, sliceMs);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
      return result;
    },
  };
}

async function isUp(url: string, timeoutMs: number): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}
