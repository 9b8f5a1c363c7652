// For tests of the notifications: real MongoDB and Redis, the fake provider, the cards of one family, and a consumer on them.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Db, MongoClient } from 'mongodb';
import { createDedupe } from '../cache/dedupe.ts';
import { createGuard, type Guard } from '../cache/guard.ts';
import { connectRedis } from '../cache/redis.ts';
import { systemClock as clock } from '../clock.ts';
import { freshParts } from '../local/testing.ts';
import type { Consumer } from '../relay/consumer.ts';
import type { OutboxEvent } from '../relay/event.ts';
import { createLog } from '../telemetry/log.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { createTracing } from '../telemetry/tracing.ts';
import { CHANNELS, type ChannelName, type ProviderUrls } from './channels.ts';
import { notificationConsumer } from './consumer.ts';
import { type FakeProvider, startFakeProvider } from './fake/provider.ts';
import type { Patience } from './provider.ts';
import { notificationQueue } from './queue.ts';
import type { SenderSettings } from './sender.ts';

export const TENANT = 'academy-1';
export const STUDENT = '0b7f4c1e-0001-4000-8000-000000000001';
export const GUARDIAN = '0b7f4c1e-0001-4000-8000-000000000002';
/** The mission's pauses at a hundredth; the time-out is left alone, since a busy machine is no slow provider. */
export const QUICK: Patience = { timeoutMs: 5000, retryAfterMs: [5, 15, 30], breakAfter: 5, breakMs: 200 };
export const BRISK: SenderSettings = { concurrency: 20, pollMs: 20, leaseMs: 30_000, graceMs: 500 };

export function traceParent(): string {
  return `00-${randomUUID().replaceAll('-', '')}-00f067aa0ba902b7-01`;
}

/** A new confirmed attendance of the student. */
export function confirmed(studentId = STUDENT): OutboxEvent {
  const aggregateId = randomUUID();
  return {
    id: `${TENANT}/${aggregateId}/2`,
    lane: 0,
    tenantId: TENANT,
    aggregateType: 'attendance',
    aggregateId,
    version: 2,
    type: 'AttendanceConfirmed',
    data: { mark: 'present', classId: randomUUID(), studentId, date: '2026-09-01' },
    traceParent: traceParent(),
    occurredAt: clock.now(),
  };
}

/** A consumer on what is given, quiet and without traces of its own. */
export function consumerOn(parts: {
  db: Db;
  guard: Guard;
  metrics: Metrics;
  urls: ProviderUrls;
  patience: Patience;
  settings: SenderSettings;
}): Consumer {
  return notificationConsumer({
    ...parts,
    dedupe: createDedupe({ redis: parts.guard, group: `notifications-${parts.db.databaseName}` }),
    clock,
    log: createLog({ LOG_LEVEL: 'silent' }, 'worker'),
    tracing: createTracing({ sampleRatio: 0, serviceName: 'test', version: 'test' }),
  });
}

export type Bench = Awaited<ReturnType<typeof startBench>>;

export async function startBench() {
  const parts = await freshParts(['mongodb', 'redis']);
  const client = new MongoClient(parts.urls.mongodb);
  const db = client.db();
  const redis = connectRedis(parts.urls.redis, 1000, () => {});
  const provider: FakeProvider = await startFakeProvider();
  const metrics = createMetrics('worker', { version: 'test', commit: 'test' });
  const guard = createGuard({ redis, metrics, clock, random: Math.random });
  const consumers: Consumer[] = [];

  const card = (memberId: string, name: string, phone: string | null, guardianId: string | null) => ({
    _id: `${TENANT}/${memberId}`,
    tenantId: TENANT,
    memberId,
    version: 1,
    name,
    phone,
    guardianId,
  });
  const cards = db.collection<{ _id: string }>('member_card');
  await cards.insertMany([
    card(STUDENT, 'Kim Minji', null, GUARDIAN),
    card(GUARDIAN, 'Kim Jisoo', '010-1234-5678', null),
  ]);

  const urlsOf = (names: readonly ChannelName[]) =>
    Object.fromEntries(names.map((name) => [name, `${provider.url}/${name}`]));

  return {
    parts,
    db,
    redis,
    provider,
    metrics,
    guard,
    queue: notificationQueue(db),
    urlsOf,
    addCard: (...words: Parameters<typeof card>) => cards.insertOne(card(...words)),
    /** A consumer that is ready to handle events. */
    async consumer(
      options: { channels?: readonly ChannelName[]; patience?: Patience; settings?: SenderSettings } = {},
    ) {
      const consumer = consumerOn({
        db,
        guard,
        metrics,
        urls: urlsOf(options.channels ?? CHANNELS),
        patience: options.patience ?? QUICK,
        settings: options.settings ?? BRISK,
      });
      consumers.push(consumer);
      await consumer.prepare!();
      return consumer;
    },
    async stopConsumers() {
      await Promise.all(consumers.splice(0).map((consumer) => consumer.stop!()));
    },
    async close() {
      await this.stopConsumers();
      await provider.stop();
      redis.disconnect();
      await client.close();
      await parts.close();
    },
  };
}

/** Resolves when it holds; the test's own time limit is the bound. */
export async function until(holds: () => unknown | Promise<unknown>): Promise<void> {
  while (!(await holds())) await sleep(10);
}
