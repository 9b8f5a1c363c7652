// The consumer of events that tells people: keeps each event that somebody has to hear of in a durable queue and is done
// with it; the senders of the channels do the rest at their own pace. So a provider that is away holds up no event.
import type { Db } from 'mongodb';
import type { Dedupe } from '../cache/dedupe.ts';
import type { Clock } from '../clock.ts';
import type { Consumer } from '../relay/consumer.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import { CHANNELS, nextChannel, type ProviderUrls } from './channels.ts';
import { createDeliver } from './deliver.ts';
import { studentOf } from './notices.ts';
import { people } from './people.ts';
import { createProvider, NOTIFICATION, type Patience } from './provider.ts';
import { notificationQueue } from './queue.ts';
import { type Sender, type SenderSettings, startSender } from './sender.ts';

export interface NotificationParts {
  db: Db;
  /** Spares the database the redeliveries it would refuse. */
  dedupe: Dedupe;
  /** Without any provider every event is done with at once: there is nobody to tell people. */
  urls: ProviderUrls;
  metrics: Metrics;
  clock: Clock;
  log: Logger;
  tracing: Pick<Tracing, 'start'>;
  patience?: Patience;
  settings?: SenderSettings;
}

/** Four tries of 5 s and the pauses between them are 25 s; the lease is longer. */
const SETTINGS: SenderSettings = { concurrency: 20, pollMs: 500, leaseMs: 40_000, graceMs: 2000 };
const WATCH_MS = 1000;

export function notificationConsumer(parts: NotificationParts): Consumer {
  const { db, dedupe, urls, metrics, clock, log, patience = NOTIFICATION, settings = SETTINGS } = parts;
  const queue = notificationQueue(db);
  const channels = CHANNELS.filter((name) => urls[name] !== undefined);
  const deliver = createDeliver({ queue, peopleOf: people(db), urls, metrics, clock, log });
  const senders: Sender[] = [];
  let watch: NodeJS.Timeout | undefined;

  const warn = (message: string) => (error: unknown) => log.warn({ useCase: 'notify', detail: error }, message);

  async function show(): Promise<void> {
    const nowMs = clock.now().getTime();
    for (const channel of channels) {
      const { messages, oldestAt } = await queue.depth(channel);
      metrics.notificationQueueMessages.set({ channel }, messages);
      const ageSeconds = oldestAt ? Math.max(0, nowMs - oldestAt.getTime()) / 1000 : 0;
      metrics.notificationQueueOldestAgeSeconds.set({ channel }, ageSeconds);
    }
    metrics.notificationDeadLetters.set(await queue.letters());
  }

  return {
    group: 'notifications',

    async prepare() {
      if (channels.length === 0 || watch) return;
      await queue.prepare();
      for (const channel of channels) {
        const provider = createProvider(channel, urls[channel]!, patience, parts);
        senders.push(
          startSender(channel, settings, {
            queue,
            clock,
            // With nowhere else to go they wait where they are: a long queue must not be turned over and over.
            mayTake: () => !provider.isAway() || nextChannel(channel, urls) !== undefined,
            deliver: (item, stop) => deliver(item, provider, stop),
            onError: warn(`the queue of ${channel} does not answer`),
          }),
        );
      }
      watch = setInterval(() => void show().catch(warn('the queues could not be measured')), WATCH_MS);
    },

    async handle(events) {
      const [first] = channels;
      const asked = events.filter((event) => studentOf(event) !== undefined);
      if (!first || asked.length === 0) return;
      const seen = await dedupe.seen(asked.map(({ id }) => id));
      const fresh = asked.filter(({ id }) => !seen.has(id));
      if (fresh.length === 0) return;
      await queue.add(fresh, first, clock.now());
      await dedupe.mark(fresh.map(({ id }) => id));
      for (const sender of senders) sender.wake();
    },

    bury: (event, letter) => queue.buryEvent(event, letter, channels[0] ?? CHANNELS[0], clock.now()),

    answers: () => db.command({ ping: 1 }),

    async stop() {
      clearInterval(watch);
      await Promise.all(senders.map((sender) => sender.stop()));
    },
  };
}
