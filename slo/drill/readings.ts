// Reads what targets expose, as Prometheus would: each sample with its job and instance.
import { setTimeout as sleep } from 'node:timers/promises';
import { readExposition } from './exposition.ts';
import type { Reading } from './history.ts';
import type { Targets } from './monitoring.ts';

/** All targets at once; the time is the middle of the asking. @param now seconds since 1970 */
export async function readTargets({ jobs }: Targets, now: () => number): Promise<Reading> {
  const beganSeconds = now();
  const texts = Object.entries(jobs).flatMap(([job, addresses]) =>
    addresses.map(async (address) => {
      const text = await (await fetch(`http://${address}/metrics`)).text();
      return readExposition(text).map((sample) => ({
        ...sample,
        labels: { ...sample.labels, job, instance: address },
      }));
    }),
  );
  const samples = (await Promise.all(texts)).flat();
  return { atSeconds: (beganSeconds + now()) / 2, samples };
}

/** Two readings, so far apart. */
export async function readTwice(
  targets: Targets,
  seconds: number,
  { now, signal }: { now: () => number; signal: AbortSignal },
): Promise<[Reading, Reading]> {
  const before = await readTargets(targets, now);
  await sleep(seconds * 1000, undefined, { signal });
  return [before, await readTargets(targets, now)];
}
