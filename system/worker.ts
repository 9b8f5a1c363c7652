// The worker process: carries events from the outbox into the read models, and answers /metrics and health on PORT.
import { randomUUID } from 'node:crypto';
import { createCache } from './cache/cache.ts';
import { connectRedis } from './cache/redis.ts';
import { systemClock as clock } from './clock.ts';
import { type Config, readConfig } from './config.ts';
import { createHealth } from './http/health.ts';
import { createProjector } from './projections/apply.ts';
import { attendanceSheet, changedDays } from './projections/attendance-sheet/attendance-sheet.ts';
import { makeIndexes } from './projections/indexes.ts';
import { memberCard } from './projections/member-card/member-card.ts';
import { statisticScope } from './read/attendance-statistic.ts';
import { connectMongo } from './read/mongo.ts';
import type { OutboxEvent } from './relay/event.ts';
import { backlog, POLL_SETTINGS } from './relay/outbox.ts';
import { startRelay } from './relay/relay.ts';
import { startStatusServer } from './relay/status-server.ts';
import { createWaker } from './relay/wake.ts';
import { createLog } from './telemetry/log.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { createPool } from './write/pool.ts';

const CONSUMER = 'read-models';
const BACKLOG_EVERY_MS = 1000;

async function start(config: Config): Promise<void> {
  const log = createLog(config, 'worker');
  const metrics = createMetrics('worker', { version: config.BUILD_VERSION, commit: config.BUILD_COMMIT });
  const warn = (message: string) => (error: unknown) => log.warn({ detail: { reason: String(error) } }, message);

  const pool = createPool(config, metrics, warn('an idle PostgreSQL connection broke'), POLL_SETTINGS);
  const mongo = connectMongo(config, metrics);
  const redis = connectRedis(config.REDIS_URL, config.REDIS_COMMAND_MS, warn('Redis'));
  const cache = createCache({ redis, metrics, random: Math.random });
  const project = createProjector({
    db: mongo.db,
    projections: [memberCard, attendanceSheet],
    metrics,
    clock,
    onDeadLetter(projection, { tenantId, traceId, aggregateId, version, type }, reason) {
      const detail = { projection, aggregateId, version, type, reason };
      log.error(
        { tenantId, traceId: traceId ?? undefined, useCase: projection, detail },
        'an event became a dead letter',
      );
    },
  });

  let indexed = false;
  async function prepareReadModels(): Promise<void> {
    if (!indexed) await makeIndexes(mongo.db);
    indexed = true;
  }

  async function deliver(events: OutboxEvent[]): Promise<void> {
    await prepareReadModels();
    await project(events);
    const days = [...changedDays(events)].flatMap(([tenant, dates]) =>
      [...dates].map((date) => [tenant, date] as const),
    );
    await Promise.all(days.map(([tenant, date]) => cache.invalidate(statisticScope(tenant, date))));
  }

  const relay = startRelay({
    pool,
    consumer: CONSUMER,
    holder: randomUUID(),
    leaseMs: config.RELAY_LEASE_MS,
    pollMs: config.RELAY_POLL_MS,
    batch: config.RELAY_BATCH,
    deliver,
    onPoll: () => metrics.relayHeartbeatTimestampSeconds.set(clock.now().getTime() / 1000),
    onLanes: (held) => metrics.relayLanesHeld.set(held),
    onError: (error, nextTryMs) => log.error({ detail: { reason: String(error), nextTryMs } }, 'the relay tries again'),
  });
  const listener = createWaker(redis).listen(relay.wake);

  // Apart from the relay: a relay that hangs must not hide the backlog it makes.
  const backlogTimer = setInterval(() => {
    backlog(pool, CONSUMER).then(({ events, oldestSeconds }) => {
      metrics.outboxPendingEvents.set(events);
      metrics.outboxOldestPendingAgeSeconds.set(oldestSeconds);
    }, warn('the backlog could not be read'));
  }, BACKLOG_EVERY_MS);

  const health = createHealth(
    {
      postgresql: { needed: true, ask: () => pool.query('select 1') },
      mongodb: { needed: true, ask: () => prepareReadModels().then(() => mongo.db.command({ ping: 1 })) },
      redis: { needed: false, ask: () => redis.ping() },
    },
    config.PG_WAIT_MS,
  );
  const server = await startStatusServer({ health, metrics }, { port: config.PORT, host: config.HOST });
  log.info({ detail: { address: server.address() } }, 'the worker carries events');

  let stopping = false;
  async function stop(signal: string): Promise<void> {
    if (stopping) return;
    stopping = true;
    health.stopping();
    log.info({ detail: { signal } }, 'the worker stops');
    // Should a part not answer, the leases run out by themselves.
    setTimeout(() => process.exit(1), config.STOP_MS).unref();
    listener.close();
    clearInterval(backlogTimer);
    await relay.stop().catch(warn('the lanes could not be given back'));
    server.close();
    server.closeAllConnections();
    redis.disconnect();
    await Promise.all([pool.end(), mongo.client.close()]);
    log.info({}, 'the worker has stopped');
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal));
}

try {
  await start(readConfig());
} catch (error) {
  process.stderr.write(`worker: ${error instanceof Error ? error.message : error}\n`);
  process.exit(2);
}
