// Redis behind a breaker: whoever needs it asks through here, so that a slow or dead Redis costs a few time-outs and then
// nothing. One per process. In: a use of the client. Out: its answer, or a rejection at once while the breaker is open.
import type { Clock } from '../clock.ts';
import { AmsError } from '../errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { type BreakerSettings, type BreakerState, createBreaker } from './breaker.ts';
import type { RedisClient } from './redis.ts';

/** A tenth: one stalled second opens it within a tenth of that, while one slow command in a hundred does not. */
const BREAKER: BreakerSettings = { windowMs: 1000, failures: 5, failedRatio: 0.1, pauseMs: 500 };
const STATES = ['closed', 'half_open', 'open'] as const satisfies BreakerState[];

export interface Guard {
  /**
   * Uses Redis once. A use counts as failed when any of its commands does; keep a use to what belongs together.
   * Rejects with what Redis said, or with `RedisRefused` at once while the breaker is open.
   */
  ask<T>(use: (redis: RedisClient) => Promise<T>): Promise<T>;
  /** Of the breaker. Asking is right in every state: it is how the pause after a failure ends. */
  readonly state: BreakerState;
  /** The bare client: for subscriptions, and for callers who bring their own patience. */
  readonly client: RedisClient;
}

/** The breaker is open. */
export class RedisRefused extends Error {
  constructor() {
    super('Redis is not asked while its breaker is open');
    this.name = 'RedisRefused';
  }
}

export function createGuard(parts: {
  redis: RedisClient;
  clock: Clock;
  /** As Math.random, for the jitter of pauses. */
  random: () => number;
  metrics: Pick<Metrics, 'redisBreakerState' | 'redisRequestsTotal'>;
}): Guard {
  const { redis, clock, random, metrics } = parts;
  const showState = (now: BreakerState) => {
    for (const state of STATES) metrics.redisBreakerState.set({ state }, state === now ? 1 : 0);
  };
  const breaker = createBreaker(BREAKER, { nowMs: () => clock.monotonicMs(), random }, showState);
  showState('closed');
  const answered = metrics.redisRequestsTotal.labels('answered');
  const failed = metrics.redisRequestsTotal.labels('failed');
  const refused = metrics.redisRequestsTotal.labels('refused');

  return {
    client: redis,
    get state() {
      return breaker.state;
    },
    ask(use) {
      const ticket = breaker.begin();
      if (ticket === undefined) {
        refused.inc();
        return Promise.reject(new RedisRefused());
      }
      return use(redis).then(
        (value) => {
          answered.inc();
          breaker.end(ticket, true);
          return value;
        },
        (error) => {
          failed.inc();
          breaker.end(ticket, false);
          throw error;
        },
      );
    },
  };
}

/** For what cannot do without Redis (sessions, codes): a use of it, failing as the error table says. */
export async function needed<T>(guard: Guard, use: (redis: RedisClient) => Promise<T>): Promise<T> {
  try {
    return await guard.ask(use);
  } catch (error) {
    throw new AmsError('part.unavailable', undefined, { cause: error });
  }
}
