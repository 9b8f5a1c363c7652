// What Redis says about itself, INFO, as gauges: memory, replicas, how far they are behind. Asked when somebody reads the metrics,
// every few seconds at most, and never waited for: a figure is as old as the reading before.
import type { Clock } from '../clock.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Guard } from './guard.ts';
import { masters } from './redis.ts';

const NOT_AGAIN_MS = 5000;

export interface RedisInfo {
  usedBytes: number;
  /** 0: no limit. */
  maxBytes: number;
  replicas: number;
  /** Of the replica that is furthest behind; 0 without replicas. */
  lagBytes: number;
}

export function watchRedis(parts: {
  redis: Guard;
  clock: Pick<Clock, 'monotonicMs'>;
  metrics: Pick<Metrics, 'redisMemoryBytes' | 'redisReplicas' | 'redisReplicationLagBytes' | 'onExpose'>;
}): void {
  const { redis, clock, metrics } = parts;
  let askedAtMs = Number.NEGATIVE_INFINITY;
  metrics.onExpose(() => {
    if (clock.monotonicMs() - askedAtMs < NOT_AGAIN_MS) return;
    askedAtMs = clock.monotonicMs();
    redis
      .ask((client) => Promise.all(masters(client).map((node) => node.info())))
      .then((texts) => {
        const { usedBytes, maxBytes, replicas, lagBytes } = together(texts.map(parseInfo));
        metrics.redisMemoryBytes.set({ kind: 'used' }, usedBytes);
        metrics.redisMemoryBytes.set({ kind: 'max' }, maxBytes);
        metrics.redisReplicas.set(replicas);
        metrics.redisReplicationLagBytes.set(lagBytes);
      })
      .catch(() => {});
  });
}

/** @param text the answer of INFO: lines `name:value`, and for each replica `slave0:ip=…,offset=…,lag=…` */
export function parseInfo(text: string): RedisInfo {
  const figure = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(text)?.[1] ?? 0);
  const offsets = [...text.matchAll(/^slave\d+:.*\boffset=(\d+)/gm)].map(([, offset]) => Number(offset));
  const writtenTo = figure('master_repl_offset');
  return {
    usedBytes: figure('used_memory'),
    maxBytes: figure('maxmemory'),
    replicas: offsets.length,
    lagBytes: Math.max(0, ...offsets.map((offset) => writtenTo - offset)),
  };
}

/** The masters of a cluster as one. */
function together(infos: RedisInfo[]): RedisInfo {
  const sum = (name: keyof RedisInfo) => infos.reduce((total, info) => total + info[name], 0);
  return {
    usedBytes: sum('usedBytes'),
    maxBytes: sum('maxBytes'),
    replicas: sum('replicas'),
    lagBytes: Math.max(0, ...infos.map(({ lagBytes }) => lagBytes)),
  };
}
