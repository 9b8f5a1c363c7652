// For tests: a consumer in a process of its own, to be killed. Words: URLs of MongoDB and Redis, and of a Kakao provider that hangs.
import { MongoClient } from 'mongodb';
import { createGuard } from '../cache/guard.ts';
import { connectRedis } from '../cache/redis.ts';
import { systemClock as clock } from '../clock.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { BRISK, consumerOn, QUICK } from './testing.ts';

const [mongodb, redisUrl, kakao] = process.argv.slice(2) as [string, string, string];
const metrics = createMetrics('worker', { version: 'test', commit: 'test' });
const redis = connectRedis(redisUrl, 1000, () => {});
const consumer = consumerOn({
  db: new MongoClient(mongodb).db(),
  guard: createGuard({ redis, metrics, clock, random: Math.random }),
  metrics,
  urls: { kakao },
  patience: { ...QUICK, timeoutMs: 60_000 },
  settings: { ...BRISK, leaseMs: 500 },
});
await consumer.prepare!();
