// How much waits beside each projection: dead letters, the age of the oldest, parked events; asked of MongoDB every few seconds. Where
// something is parked, it is looked whether its turn has come.
import type { Db } from 'mongodb';
import type { Clock } from '../clock.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Projector } from './apply.ts';
import type { Parked } from './parked.ts';
import { PROJECTIONS } from './projections.ts';

const EVERY_MS = 5000;
/** Of two processes that met, one may have parked its event so long before the other one looked, by its own clock. */
const MARGIN_MS = 60_000;

interface AsideMetricsParts {
  db: Db;
  metrics: Pick<Metrics, 'deadLetters' | 'deadLetterOldestAgeSeconds' | 'parkedEvents'>;
  clock: Clock;
  log: Pick<Logger, 'warn'>;
  parked: Parked;
  project: Pick<Projector, 'resume'>;
}

/** Looks now and then every few seconds, whoever made the letters: also those that this process knows nothing of. */
export function watchAside({ db, metrics, clock, log, parked, project }: AsideMetricsParts): { stop(): void } {
  let isLooking = false;
  let lookedMs = clock.now().getTime();
  async function look(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    try {
      const nowMs = clock.now().getTime();
      const learn = parked.counting();
      const counts = await countAside({ db, metrics, clock });
      for (const [projection, count] of counts) learn(projection, count);
      if ([...counts.values()].some((count) => count > 0)) await project.resume(new Date(lookedMs - MARGIN_MS));
      lookedMs = nowMs;
    } catch (error) {
      log.warn({ detail: { reason: String(error) } }, 'the dead letters could not be counted');
    } finally {
      isLooking = false;
    }
  }
  const timer = setInterval(look, EVERY_MS);
  void look();
  return { stop: () => clearInterval(timer) };
}

/** @returns parked events of each projection */
export async function countAside({
  db,
  metrics,
  clock,
}: Pick<AsideMetricsParts, 'db' | 'metrics' | 'clock'>): Promise<Map<string, number>> {
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
  return new Map(PROJECTIONS.map(({ name }) => [name, parked.get(name)?.count ?? 0]));
}
