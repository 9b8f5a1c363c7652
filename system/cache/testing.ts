// Real Redis for tests, single and cluster, and what one process has round its connection.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { silent } from '../../cli/progress.ts';
import { systemClock } from '../clock.ts';
import { scratchDir } from '../local/parts.ts';
import { startRedis } from '../local/redis.ts';
import { startRedisCluster } from '../local/redis-cluster.ts';
import { freshParts } from '../local/testing.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { createCache } from './cache.ts';
import { createGuard, type Guard } from './guard.ts';
import { connectRedis, type RedisClient } from './redis.ts';

export interface TestRedis {
  url: string;
  close(): Promise<void>;
}

/** What has to work on one server has to work on a cluster, so its tests run on each of these. */
export const REDIS_KINDS: { name: string; start(): Promise<TestRedis> }[] = [
  {
    name: 'one Redis',
    async start() {
      const parts = await freshParts(['redis']);
      return { url: parts.urls.redis, close: parts.close };
    },
  },
  {
    name: 'a Redis Cluster',
    async start() {
      const scratch = await scratchDir();
      const cluster = await startRedisCluster({ dir: scratch.dir, progress: silent });
      return {
        url: cluster.url,
        async close() {
          await cluster.stop();
          await scratch.remove();
        },
      };
    },
  },
];

/** A new, empty server where another one was. */
export async function startRedisAt(url: string): Promise<TestRedis> {
  const scratch = await scratchDir();
  const part = await startRedis({ dir: scratch.dir, progress: silent, port: Number(new URL(url).port) });
  return {
    url,
    async close() {
      await part.stop();
      await scratch.remove();
    },
  };
}

export interface TestProcess {
  redis: RedisClient;
  guard: Guard;
  metrics: Metrics;
  /** The value of a series; labels in any order. */
  metric(name: keyof Metrics, labels?: Record<string, string>): Promise<number>;
}

const connections: RedisClient[] = [];

/** A process's connection to Redis, ready. Patient unless the test is about impatience: the machine may be busy. */
export async function testProcess(url: string, commandTimeoutMs = 5000): Promise<TestProcess> {
  const redis = connectRedis(url, commandTimeoutMs, () => {});
  connections.push(redis);
  await new Promise((resolve) => redis.once('ready', resolve));
  const metrics = createMetrics('api', { version: 'test', commit: 'test' });
  const guard = createGuard({ redis, metrics, clock: systemClock, random: Math.random });
  return {
    redis,
    guard,
    metrics,
    async metric(name, labels = {}) {
      const { values } = await (metrics[name] as Metrics['cacheRequestsTotal']).get();
      const wanted = Object.entries(labels);
      const found = values.find((value) =>
        wanted.every(([label, is]) => (value.labels as Record<string, unknown>)[label] === is),
      );
      return found?.value ?? 0;
    },
  };
}

export function testCache(process: TestProcess, fallbackMax = 4) {
  const { guard, metrics } = process;
  return createCache({ redis: guard, metrics, random: Math.random, clock: systemClock, fallbackMax });
}

export function disconnectAll(): void {
  for (const redis of connections) redis.disconnect();
}

let names = 0;
/** A scope, subject or group that no other test has. */
export const unique = (what: string) => `${what}-${process.pid}-${Date.now()}-${++names}`;

/** Waits for what must come; a minute is far beyond any busy machine and only keeps a broken build from hanging. */
export async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  const endsAtMs = performance.now() + 60_000;
  while (!(await holds())) {
    assert.ok(performance.now() < endsAtMs, `never came true: ${holds}`);
    await sleep(10);
  }
}

/** A load whose end the test decides. */
export function slowLoad<T>() {
  let finish!: (value: T) => void;
  let calls = 0;
  const result = new Promise<T>((resolve) => {
    finish = resolve;
  });
  const load = () => {
    calls++;
    return result;
  };
  return { load, finish, calls: () => calls };
}
