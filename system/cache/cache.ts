// The shared cache: a look-up goes through Redis to a loader, an invalidation makes a whole scope old. Redis away or slow
// means "load directly", never an error. In: scope, key, loader. Out: the value and where it came from.
//
// Invalidation against a slow fill: every scope has a generation, a random token. A value is stored with the generation
// that stood before its load began, and counts only while that is still the scope's; so a load that began before an
// invalidation can store what it likes, it is never read. Tokens rather than a counter, because a counter that Redis
// evicted starts again at a number that old values still carry.
import type { Redis } from 'ioredis';
import type { Metrics } from '../telemetry/metrics.ts';

/** Longest life of a value, in seconds; the jitter only shortens it. */
export const TTL_SECONDS = { 'short-lived': 30, medium: 300, long: 3600 } as const;
export type TtlClass = keyof typeof TTL_SECONDS;

const GENERATION_SECONDS = 2 * TTL_SECONDS.long;
const JITTER_RATIO = 0.2;
/** Scopes whose invalidation Redis did not take, kept until it is back; beyond this many, their TTL ends them. */
const MOST_OWED = 10_000;

export type CacheOutcome = 'hit' | 'miss' | 'off';

export interface Cache {
  /**
   * The cached value, or what `load` gives; `off` when Redis did not answer. Loads of the same key and generation that
   * overlap in this process are one load. Rejects only when `load` does.
   */
  through<T>(
    scope: string,
    key: string,
    ttlClass: TtlClass,
    load: () => Promise<T>,
  ): Promise<{ value: T; cache: CacheOutcome }>;
  /** Makes every value of the scope old. Never rejects: an invalidation that Redis did not take is sent again later. */
  invalidate(scope: string): Promise<void>;
}

/** @param random as Math.random: for generations and for the jitter of lives */
export function createCache(parts: {
  redis: Redis;
  metrics: Pick<Metrics, 'cacheRequestsTotal'>;
  random: () => number;
}): Cache {
  const { redis, random } = parts;
  const flights = new Map<string, Promise<unknown>>();
  const owed = new Set<string>();
  const count = (outcome: 'hit' | 'miss' | 'stale' | 'error') => parts.metrics.cacheRequestsTotal.inc({ outcome });
  const newGeneration = () => `${random().toString(36).slice(2)}${random().toString(36).slice(2)}`;

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
    const begun = await redis.set(generationKey(scope), mine, 'EX', GENERATION_SECONDS, 'NX');
    return begun ? mine : ((await redis.get(generationKey(scope))) ?? mine);
  }

  async function renew(scope: string): Promise<void> {
    try {
      await redis.set(generationKey(scope), newGeneration(), 'EX', GENERATION_SECONDS);
      owed.delete(scope);
    } catch {
      if (owed.size < MOST_OWED) owed.add(scope);
    }
  }

  // A command that only timed out was sent and still acts; what was lost was lost with a connection, and a new one pays it.
  redis.on('ready', () => {
    for (const scope of owed) void renew(scope);
  });

  return {
    async through<T>(scope: string, key: string, ttlClass: TtlClass, load: () => Promise<T>) {
      let generation: string;
      try {
        const [current, stored] = await redis.mget(generationKey(scope), valueKey(scope, key));
        const kept = stored ? (JSON.parse(stored) as { generation: string; value: T }) : undefined;
        if (kept && kept.generation === current) {
          count('hit');
          return { value: kept.value, cache: 'hit' as const };
        }
        generation = current ?? (await beginGeneration(scope));
        count(kept ? 'stale' : 'miss');
      } catch {
        count('error');
        return { value: await loadOnce(`${scope}/${key}@off`, load), cache: 'off' as const };
      }
      const value = await loadOnce(`${scope}/${key}@${generation}`, async () => {
        const loaded = await load();
        const lifeSeconds = Math.max(1, Math.round(TTL_SECONDS[ttlClass] * (1 - JITTER_RATIO * random())));
        redis
          .set(valueKey(scope, key), JSON.stringify({ generation, value: loaded }), 'EX', lifeSeconds)
          .catch(() => count('error'));
        return loaded;
      });
      return { value, cache: 'miss' as const };
    },

    invalidate: renew,
  };
}

/** The braces keep a scope in one slot of a Redis Cluster, so that one MGET can read both. */
function generationKey(scope: string): string {
  return `generation:{${scope}}`;
}

function valueKey(scope: string, key: string): string {
  return `value:{${scope}}:${key}`;
}
