// The two tiers of the cache, and what else Redis is used for.
import { graphs } from '../hops.ts';
import type { RowSpec } from '../panels.ts';
import { once, rate, share } from '../queries.ts';

export const cache: RowSpec = {
  id: 1400,
  title: 'Cache and Redis',
  height: 7,
  panels: graphs([
    {
      id: 1401,
      title: 'Shared cache: hit ratio',
      description: 'Share of the look-ups in Redis by outcome; hit is the hit ratio.',
      unit: 'percentunit',
      max: 1,
      queries: [{ expr: share('cache_requests_total', 'outcome'), legend: '{{outcome}}' }],
    },
    {
      id: 1402,
      title: 'First tier: hit ratio',
      description: 'Share of the look-ups in the process by outcome. Bypassed: it may have missed an invalidation.',
      unit: 'percentunit',
      max: 1,
      queries: [{ expr: share('cache_first_tier_requests_total', 'outcome'), legend: '{{outcome}}' }],
    },
    {
      id: 1403,
      title: 'Breaker round Redis',
      description: 'Processes in each state. Open: Redis is not asked, MongoDB carries the reads.',
      unit: 'none',
      queries: [{ expr: 'sum by (state) (redis_breaker_state)', legend: '{{state}}' }],
    },
    {
      id: 1404,
      title: 'Fallback to the database',
      description: 'Loads while Redis is away, running and waiting, and look-ups a second refused beyond the cap.',
      unit: 'none',
      queries: [
        { expr: 'sum by (state) (cache_fallback_loads)', legend: '{{state}}' },
        { expr: `sum(${rate('cache_fallback_refused_total')})`, legend: 'refused a second' },
      ],
    },
    {
      id: 1405,
      title: 'Memory and replication of Redis',
      description: 'Memory used and its limit (0: none), and what the slowest replica has not acknowledged.',
      unit: 'bytes',
      queries: [
        { expr: once('redis_memory_bytes', 'kind'), legend: '{{kind}}' },
        { expr: 'max(redis_replication_lag_bytes)', legend: 'replication lag' },
      ],
    },
  ]),
};

export const redis: RowSpec = {
  id: 1450,
  title: 'Redis: what it is used for',
  height: 7,
  panels: graphs([
    {
      id: 1451,
      title: 'Uses of Redis',
      description: 'Answered, failed (an error, or no answer in time), refused while the breaker was open.',
      unit: 'ops',
      queries: [{ expr: `sum by (outcome) (${rate('redis_requests_total')})`, legend: '{{outcome}}' }],
    },
    {
      id: 1452,
      title: 'Invalidations',
      description: 'Sent, heard, owed (Redis was away), flushed (a subscription broke and the first tier began anew).',
      unit: 'ops',
      queries: [{ expr: `sum by (outcome) (${rate('cache_invalidations_total')})`, legend: '{{outcome}}' }],
    },
    {
      id: 1453,
      title: 'Idempotency keys looked up',
      description:
        'Hit: a retried command answered from Redis. With errors PostgreSQL is asked, which keeps the promise.',
      unit: 'ops',
      queries: [{ expr: `sum by (outcome) (${rate('idempotency_recalls_total')})`, legend: '{{outcome}}' }],
    },
    {
      id: 1454,
      title: 'First tier: size',
      description: 'Bytes of values that each process keeps.',
      unit: 'bytes',
      queries: [{ expr: 'cache_first_tier_bytes', legend: '{{job}} {{instance}}' }],
    },
    {
      id: 1455,
      title: 'Statistics counted again',
      description: 'Statistics a second by kind, and how many wait. Many waiting ones are served old.',
      unit: 'none',
      queries: [
        { expr: `sum by (kind) (${rate('statistic_buckets_counted_total')})`, legend: '{{kind}} a second' },
        { expr: 'max(statistic_dirty_buckets)', legend: 'waiting' },
      ],
    },
  ]),
};
