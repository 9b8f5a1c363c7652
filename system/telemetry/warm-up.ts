// How long a process took until it was ready for the first time.
import type { Metrics } from './metrics.ts';

interface Readiness {
  readiness(): Promise<{ status: string }>;
}

/** The same health, which notes the age of the process when somebody first hears that it is ready. */
export function notingFirstReady<H extends Readiness>(
  health: H,
  metrics: Pick<Metrics, 'processWarmUpSeconds'>,
  sinceStartSeconds: () => number,
): H {
  let noted = false;
  return {
    ...health,
    async readiness() {
      const page = await health.readiness();
      if (!noted && page.status === 'UP') {
        noted = true;
        metrics.processWarmUpSeconds.set({ stage: 'ready' }, sinceStartSeconds());
      }
      return page;
    },
  };
}
