// How much waits beside each projection: dead letters, the age of the oldest, parked events; asked of MongoDB every few seconds.
import type { Db } from 'mongodb';
import type { Clock } from '../clock.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { PROJECTIONS } from './projections.ts';

const EVERY_MS = 5000;

interface AsideMetricsParts {
  db: Db;
  metrics: Pick<Metrics, 'deadLetters' | 'deadLetterOldestAgeSeconds' | 'parkedEvents'>;
  clock: Clock;
  log: Pick<Logger, 'warn'>;
}

/** Looks now and then every few seconds, whoever made the letters: also those that this process knows nothing of. */
export function watchAside({ db, metrics, clock, log }: AsideMetricsParts): { stop(): void } {
  const look = () =>
    countAside({ db, metrics, clock }).catch((error) =>
      log.warn({ detail: { reason: String(error) } }, 'the dead letters could not be counted'),
    );
  const timer = setInterval(look, EVERY_MS);
  void look();
  return { stop: () => clearInterval(timer) };
}

export async function countAside({ db, metrics, clock }: Omit<AsideMetricsParts, 'log'>): Promise<void> {
  const group = (time: string) => [
    { $group: { _id: '$projection', count: { $sum: 1 }, oldest: { $min: `$${time}` } } },
  ];
  const ask = async (collection: string, time: string) => {
    const found = await db
      .collection(collection)
      .aggregate<{ _id: string; count: number; oldest: Date }>(group(time))
      .toArray();
    return new Map(found.map(({ _id, ...rest }) => [_id, rest]));
  };
  const [letters, parked] = await Promise.all([ask('dead_letter', 'firstAt'), ask('parked', 'parkedAt')]);
  const nowMs = clock.now().getTime();
  for (const { name: projection } of PROJECTIONS) {
    const oldestMs = letters.get(projection)?.oldest.getTime() ?? nowMs;
    metrics.deadLetters.set({ projection }, letters.get(projection)?.count ?? 0);
    metrics.deadLetterOldestAgeSeconds.set({ projection }, Math.max(0, nowMs - oldestMs) / 1000);
    metrics.parkedEvents.set({ projection }, parked.get(projection)?.count ?? 0);
  }
}
