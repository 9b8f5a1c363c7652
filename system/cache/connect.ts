// What a process has of Redis: the connection, the breaker before it, its figures in the metrics, and the cache on top.
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { type Cache, createCache } from './cache.ts';
import { createGuard, type Guard } from './guard.ts';
import { watchRedis } from './info.ts';
import { connectRedis, type RedisClient } from './redis.ts';

/** Returns at once. @param onError hears when the connection breaks */
export function connectCache(
  config: Pick<Config, 'REDIS_URL' | 'REDIS_COMMAND_MS' | 'CACHE_FALLBACK_MAX'>,
  { metrics, clock, onError }: { metrics: Metrics; clock: Clock; onError(error: unknown): void },
): { redis: RedisClient; guard: Guard; cache: Cache } {
  const redis = connectRedis(config.REDIS_URL, config.REDIS_COMMAND_MS, onError);
  const guard = createGuard({ redis, metrics, clock, random: Math.random });
  watchRedis({ redis: guard, metrics, clock });
  const fallbackMax = config.CACHE_FALLBACK_MAX;
  const cache = createCache({ redis: guard, metrics, random: Math.random, clock, fallbackMax });
  return { redis, guard, cache };
}
