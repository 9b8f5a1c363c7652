// Invalidations between processes. Out: a scope gets a new generation in Redis, and every process is told; what Redis does not
// take is owed and sent again. In: what others invalidated, and whether the feed can be trusted to be complete.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Guard } from './guard.ts';
import { listen } from './redis.ts';
import { script } from './script.ts';

const CHANNEL = 'ams:cache:invalidated';
/** Scopes whose invalidation Redis did not take, kept until it is back; beyond this many, their TTL ends them. */
const MOST_OWED = 10_000;
const PAY_EVERY_MS = 250;
const PAID_AT_ONCE = 500;
/** A beat goes out through the commands' connection and has to come back through the subscription. */
const BEAT_EVERY_MS = 500;
const LONGEST_SILENCE_MS = 1500;

/** New generation first, message second, in one step: whoever hears of it and asks Redis finds the new generation. */
const renew = script<number>(
  'amsCacheRenew',
  `redis.call('set', KEYS[1], ARGV[1], 'EX', ARGV[2])
return redis.call('publish', ARGV[3], ARGV[4])`,
);

export interface Sender {
  /** Never rejects: an invalidation that Redis did not take is sent again later. */
  send(scope: string): Promise<void>;
}

export function createSender(parts: {
  redis: Guard;
  metrics: Pick<Metrics, 'cacheInvalidationsTotal'>;
  generationKey: (scope: string) => string;
  newGeneration: () => string;
  generationSeconds: number;
}): Sender {
  const { redis, metrics, generationKey, newGeneration, generationSeconds } = parts;
  const sent = metrics.cacheInvalidationsTotal.labels('sent');
  const owedOnce = metrics.cacheInvalidationsTotal.labels('owed');
  const owed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  /** @returns whether Redis took it */
  async function trySend(scope: string): Promise<boolean> {
    try {
      await redis.ask((client) =>
        renew(client, [generationKey(scope)], newGeneration(), generationSeconds, CHANNEL, scope),
      );
      owed.delete(scope);
      sent.inc();
      return true;
    } catch {
      if (owed.size < MOST_OWED) owed.add(scope);
      return false;
    }
  }

  function payLater(): void {
    if (timer) return;
    timer = setTimeout(async () => {
      timer = undefined;
      // One first: while Redis is away it alone fails, and the breaker's probe is not wasted on a crowd.
      const [first, ...others] = [...owed].slice(0, PAID_AT_ONCE);
      if (first !== undefined && (await trySend(first))) await Promise.all(others.map(trySend));
      if (owed.size > 0) payLater();
    }, PAY_EVERY_MS).unref();
  }

  return {
    async send(scope) {
      if (await trySend(scope)) return;
      owedOnce.inc();
      payLater();
    },
  };
}

/**
 * Hears of invalidations until the client ends.
 * @param on.heard a scope was invalidated, by any process
 * @param on.complete whether everything is heard from now on: false as soon as a message may have been missed
 */
export function startFeed(
  { redis, clock }: { redis: Guard; clock: Pick<Clock, 'monotonicMs'> },
  on: { heard(scope: string): void; complete(isComplete: boolean): void },
): void {
  const beatChannel = `ams:cache:beat:${randomUUID()}`;
  let subscribed = false;
  let complete = false;
  let heardAtMs = 0;
  const say = (now: boolean) => {
    if (complete !== now) on.complete(now);
    complete = now;
  };
  listen(redis.client, [CHANNEL, beatChannel], {
    up() {
      subscribed = true;
      heardAtMs = clock.monotonicMs();
      say(true);
    },
    down() {
      subscribed = false;
      say(false);
    },
    heard(message, channel) {
      if (channel === CHANNEL) return on.heard(message);
      heardAtMs = clock.monotonicMs();
      // After a silence the same connection has brought everything up to this beat, in order.
      if (subscribed) say(true);
    },
  });
  const beat = setInterval(() => {
    if (clock.monotonicMs() - heardAtMs > LONGEST_SILENCE_MS) say(false);
    redis.ask((client) => client.publish(beatChannel, '')).catch(() => {});
  }, BEAT_EVERY_MS).unref();
  redis.client.once('end', () => clearInterval(beat));
}
