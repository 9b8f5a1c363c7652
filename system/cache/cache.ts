// The cache: a look-up goes through the first tier (in the process, on wish), then Redis, then to a loader; an invalidation
// makes a whole scope old in both tiers of every process. Redis away or slow means "load directly, a bounded number at once".
// In: scope, key, loader. Out: the value and where it came from.
//
// Invalidation against a slow fill: every scope has a generation, a random token. A value is stored with the generation
// that stood before its load began, and counts only while that is still the scope's; so a load that began before an
// invalidation can store what it likes, it is never read. Tokens rather than a counter, because a counter that Redis
// evicted starts again at a number that old values still carry.
import type { Counter } from 'prom-client';
import type { Clock } from '../clock.ts';
import { AmsError } from '../errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createFirstTier, type Fill } from './first-tier.ts';
import type { Guard } from './guard.ts';
import { createSender, startFeed } from './invalidation.ts';
import { createSemaphore, Overloaded } from './semaphore.ts';

/** Longest life of a value, in seconds; the jitter only shortens it. */
export const TTL_SECONDS = { 'short-lived': 30, medium: 300, long: 3600 } as const;
export type TtlClass = keyof typeof TTL_SECONDS;

const GENERATION_SECONDS = 2 * TTL_SECONDS.long;
const JITTER_RATIO = 0.2;
/** While Redis is away: look-ups that may wait for one that may load, and how long. */
const WAITING_PER_LOAD = 8;
const LONGEST_WAIT_MS = 250;

export type CacheOutcome = 'hit' | 'miss' | 'off';

export interface LookUp<T> {
  /** `both`: also kept in this process, where a look-up costs no Redis. For what is read often and changes seldom. */
  tiers?: 'shared' | 'both';
  /** A cached value that this refuses is loaded again: for callers who have seen a newer version. */
  isFresh?: (value: T) => boolean;
}

export interface Cache {
  /**
   * The cached value, or what `load` gives; `off` when Redis did not answer. Loads of the same key and generation that
   * overlap in this process are one load. The value has to survive JSON, and callers share it: nobody may change it.
   * Rejects as `load` does, or with AmsError part.unavailable when Redis is away and too many loads are waiting.
   */
  through<T>(
    scope: string,
    key: string,
    ttlClass: TtlClass,
    load: () => Promise<T>,
    lookUp?: LookUp<T>,
  ): Promise<{ value: T; cache: CacheOutcome }>;
  /** Makes every value of the scope old. Never rejects: an invalidation that Redis did not take is sent again later. */
  invalidate(scope: string): Promise<void>;
}

/** A value as Redis has it; `until` is the Unix time in ms at which its life ends. */
interface Stored<T> {
  generation: string;
  until: number;
  value: T;
}

/**
 * @param parts.random as Math.random: for generations and for the jitter of lives
 * @param parts.fallbackMax loads at once while Redis is away
 */
export function createCache(parts: {
  redis: Guard;
  metrics: Pick<
    Metrics,
    | 'cacheRequestsTotal'
    | 'cacheFirstTierRequestsTotal'
    | 'cacheFirstTierEntries'
    | 'cacheFirstTierBytes'
    | 'cacheInvalidationsTotal'
    | 'cacheFallbackLoads'
    | 'cacheFallbackRefusedTotal'
    | 'onExpose'
  >;
  random: () => number;
  clock: Clock;
  fallbackMax: number;
}): Cache {
  const { redis, metrics, random, clock, fallbackMax } = parts;
  const flights = new Map<string, Promise<unknown>>();
  const firstTier = createFirstTier(clock);
  const fallback = createSemaphore({
    max: fallbackMax,
    maxWaiting: fallbackMax * WAITING_PER_LOAD,
    maxWaitMs: LONGEST_WAIT_MS,
  });
  const newGeneration = () => `${random().toString(36).slice(2)}${random().toString(36).slice(2)}`;
  const sender = createSender({ redis, metrics, generationKey, newGeneration, generationSeconds: GENERATION_SECONDS });
  const first = counters(metrics.cacheFirstTierRequestsTotal, ['hit', 'miss', 'bypassed']);
  const second = counters(metrics.cacheRequestsTotal, ['hit', 'miss', 'stale', 'error']);
  const invalidations = counters(metrics.cacheInvalidationsTotal, ['heard', 'flushed']);
  metrics.onExpose(() => {
    metrics.cacheFirstTierEntries.set(firstTier.entries);
    metrics.cacheFirstTierBytes.set(firstTier.bytes);
    metrics.cacheFallbackLoads.set({ state: 'running' }, fallback.running);
    metrics.cacheFallbackLoads.set({ state: 'waiting' }, fallback.waiting);
  });

  let fed = false;
  /** Processes that never look into their first tier need no feed. */
  function feedFirstTier(): void {
    fed = true;
    startFeed(
      { redis, clock },
      {
        heard(scope) {
          invalidations.heard.inc();
          firstTier.drop(scope);
        },
        complete(isComplete) {
          invalidations.flushed.inc();
          firstTier.trust(isComplete);
        },
      },
    );
  }

  function loadOnce<T>(flight: string, load: () => Promise<T>): Promise<T> {
    const underWay = flights.get(flight) as Promise<T> | undefined;
    if (underWay) return underWay;
    const started = load().finally(() => flights.delete(flight));
    flights.set(flight, started);
    return started;
  }

  /** A scope without a generation gets one; when two processes do that at once, both use the first. */
  async function beginGeneration(scope: string): Promise<string> {
    const mine = newGeneration();
    return redis.ask(async (client) => {
      const begun = await client.set(generationKey(scope), mine, 'EX', GENERATION_SECONDS, 'NX');
      return begun ? mine : ((await client.get(generationKey(scope))) ?? mine);
    });
  }

  async function loadDirectly<T>(load: () => Promise<T>): Promise<T> {
    try {
      return await fallback.run(load);
    } catch (error) {
      if (!(error instanceof Overloaded)) throw error;
      metrics.cacheFallbackRefusedTotal.inc();
      throw new AmsError('part.unavailable', undefined, { cause: error });
    }
  }

  async function shared<T>(
    scope: string,
    key: string,
    ttlClass: TtlClass,
    load: () => Promise<T>,
    isFresh: (value: T) => boolean,
    fill?: Fill,
  ): Promise<{ value: T; cache: CacheOutcome }> {
    let generation: string;
    try {
      const [current, text] = await redis.ask((client) => client.mget(generationKey(scope), valueKey(scope, key)));
      const kept = text ? (JSON.parse(text) as Stored<T>) : undefined;
      if (kept && kept.generation === current && isFresh(kept.value)) {
        second.hit.inc();
        fill?.keep(key, kept.value, text!.length, kept.until - clock.now().getTime());
        return { value: kept.value, cache: 'hit' };
      }
      generation = current ?? (await beginGeneration(scope));
      second[kept ? 'stale' : 'miss'].inc();
    } catch {
      second.error.inc();
      return { value: await loadOnce(`${scope}/${key}@off`, () => loadDirectly(load)), cache: 'off' };
    }
    const value = await loadOnce(`${scope}/${key}@${generation}`, async () => {
      const loaded = await load();
      const lifeSeconds = Math.max(1, Math.round(TTL_SECONDS[ttlClass] * (1 - JITTER_RATIO * random())));
      const stored: Stored<T> = { generation, until: clock.now().getTime() + lifeSeconds * 1000, value: loaded };
      const text = JSON.stringify(stored);
      redis.ask((client) => client.set(valueKey(scope, key), text, 'EX', lifeSeconds)).catch(() => second.error.inc());
      fill?.keep(key, loaded, text.length, lifeSeconds * 1000);
      return loaded;
    });
    return { value, cache: 'miss' };
  }

  return {
    async through<T>(
      scope: string,
      key: string,
      ttlClass: TtlClass,
      load: () => Promise<T>,
      { tiers = 'shared', isFresh = always }: LookUp<T> = {},
    ): Promise<{ value: T; cache: CacheOutcome }> {
      if (tiers === 'shared') return shared(scope, key, ttlClass, load, isFresh);
      if (!fed) feedFirstTier();
      if (!firstTier.trusted) {
        first.bypassed.inc();
        return shared(scope, key, ttlClass, load, isFresh);
      }
      const kept = firstTier.get(scope, key) as { value: T } | undefined;
      if (kept && isFresh(kept.value)) {
        first.hit.inc();
        return { value: kept.value, cache: 'hit' };
      }
      first.miss.inc();
      const fill = firstTier.beginFill(scope);
      try {
        return await shared(scope, key, ttlClass, load, isFresh, fill);
      } finally {
        fill.end();
      }
    },

    async invalidate(scope: string): Promise<void> {
      firstTier.drop(scope);
      await sender.send(scope);
      // A look-up that found the old generation between the two lines above must not be kept either.
      firstTier.drop(scope);
    },
  };
}

const always = () => true;

/** The series of each outcome, looked up once rather than at every request. */
function counters<Outcome extends string>(metric: Counter<'outcome'>, outcomes: Outcome[]) {
  const series = outcomes.map((outcome) => [outcome, metric.labels(outcome)] as const);
  return Object.fromEntries(series) as Record<Outcome, ReturnType<typeof metric.labels>>;
}

/** The braces keep a scope in one slot of a Redis Cluster, so that one MGET can read both. */
function generationKey(scope: string): string {
  return `generation:{${scope}}`;
}

function valueKey(scope: string, key: string): string {
  return `value:{${scope}}:${key}`;
}
