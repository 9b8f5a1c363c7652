// The worker process: whatever WORKER_ROLES names (events to their consumers, statistics, scheduled jobs), with /metrics and health on PORT.
import type { AddressInfo } from 'node:net';
import { connectCache } from './cache/connect.ts';
import { createDedupe } from './cache/dedupe.ts';
import { systemClock as clock } from './clock.ts';
import { type Config, readConfig } from './config.ts';
import { createHealth } from './http/health.ts';
import { providerUrls } from './notify/channels.ts';
import { notificationConsumer } from './notify/consumer.ts';
import { readModelConsumer } from './projections/consumer.ts';
import { startStatistics } from './projections/statistics.ts';
import { connectMongo } from './read/mongo.ts';
import type { Consumer } from './relay/consumer.ts';
import { type RunningGroup, startGroup } from './relay/group.ts';
import { dropLanes, PUBLISHER } from './relay/lanes.ts';
import { RELAY_SETTINGS } from './relay/outbox.ts';
import { publisher } from './relay/publisher.ts';
import { rolesOf } from './relay/roles.ts';
import { startStatusServer } from './relay/status-server.ts';
import { createTransport, inProcess } from './relay/transports/create.ts';
import { createWaker } from './relay/wake.ts';
import { startDatabaseWatch } from './telemetry/database-watch.ts';
import { createLog } from './telemetry/log.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { createTracing } from './telemetry/tracing.ts';
import { notingFirstReady } from './telemetry/warm-up.ts';
import { startMaintenance } from './write/maintenance.ts';
import { createPool } from './write/pool.ts';

/** An answer may be so old; whoever counts twice as often pays twice. */
const STATISTICS_POLL_MS = 1000;
const WATCH_EVERY_MS = 10_000;

async function start(config: Config): Promise<void> {
  const roles = rolesOf(config.WORKER_ROLES, config.EVENTS);
  const log = createLog(config, 'worker');
  const metrics = createMetrics('worker', { version: config.BUILD_VERSION, commit: config.BUILD_COMMIT }, config);
  const warn = (message: string) => (error: unknown) => log.warn({ detail: { reason: String(error) } }, message);

  const pool = createPool(config, metrics, warn('an idle PostgreSQL connection broke'), RELAY_SETTINGS);
  const mongo = connectMongo(config, metrics);
  const { redis, guard, cache } = connectCache(config, { metrics, clock, onError: warn('Redis is away') });
  const tracer = createTracing(
    {
      endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
      sampleRatio: config.TRACE_SAMPLE_RATIO,
      serviceName: 'ams-worker',
      version: config.BUILD_VERSION,
    },
    { metrics, onError: warn('spans are not taken') },
  );
  const transport = await createTransport({ pool, config, metrics, onAway: warn('the broker is away') });

  const groups = new Map<string, RunningGroup>();
  const others: { stop(): Promise<void> }[] = [];
  const parts = { pool, metrics, clock, log, config };
  const follow = (consumer: Consumer) => {
    const source = (holder: string) => transport.source(consumer.group, holder);
    const handle = (batches: { events: Parameters<Consumer['handle']>[0] }[]) =>
      consumer.handle(batches.flatMap(({ events }) => events));
    groups.set(consumer.group, startGroup({ ...consumer, source, handle }, parts));
  };
  if (roles.has('publisher')) {
    const source = (holder: string) => inProcess({ pool, config }).source(PUBLISHER, holder);
    groups.set(PUBLISHER, startGroup({ group: PUBLISHER, source, handle: publisher(transport, tracer) }, parts));
  }
  if (roles.has('projections')) follow(readModelConsumer({ db: mongo.db, cache, metrics, clock, log, tracer }));
  if (roles.has('notifications')) {
    const urls = providerUrls(config);
    const dedupe = createDedupe({ redis: guard, group: 'notifications' });
    const consumer = notificationConsumer({ db: mongo.db, dedupe, urls, metrics, clock, log, tracing: tracer });
    // Without a provider nobody is told; a broker's queues must be emptied all the same.
    if (Object.values(urls).some(Boolean) || config.EVENTS !== 'inprocess') follow(consumer);
    else dropLanes(pool, consumer.group).catch(warn('the lanes of the notifications could not be dropped'));
  }
  if (roles.has('statistics')) {
    others.push(startStatistics({ db: mongo.db, cache, metrics, clock, log, pollMs: STATISTICS_POLL_MS }));
  }
  if (roles.has('jobs')) {
    const onError = (database: string, error: unknown) => warn(`${database} does not tell its figures`)(error);
    others.push(startMaintenance({ pool, clock, log, metrics }));
    others.push(startDatabaseWatch({ pool, db: mongo.db, metrics, everyMs: WATCH_EVERY_MS, onError }));
  }
  if (config.EVENTS === 'inprocess') {
    dropLanes(pool, PUBLISHER).catch(warn('the lanes of a publisher that is not used any more could not be dropped'));
  }
  const listener = createWaker(redis).listen(() => {
    for (const group of groups.values()) group.wake();
  });

  const health = notingFirstReady(
    createHealth(
      {
        postgresql: { needed: true, ask: () => pool.query('select 1') },
        mongodb: { needed: true, ask: () => mongo.db.command({ ping: 1 }) },
        redis: { needed: false, ask: () => redis.ping() },
        // A role that takes no events needs nobody who brings them.
        ...(groups.size > 0 && { events: { needed: true, ask: () => transport.answers() } }),
        ...Object.fromEntries([...groups].map(([name, group]) => [name, { needed: true, ask: () => group.answers() }])),
      },
      config.PG_WAIT_MS,
    ),
    metrics,
    () => clock.monotonicMs() / 1000,
  );
  const info = { roles: [...roles], events: config.EVENTS };
  const server = await startStatusServer({ health, metrics, info }, { port: config.PORT, host: config.HOST });
  const { port } = server.address() as AddressInfo;
  log.info({ detail: { port, ...info } }, 'the worker carries events');

  let stopping = false;
  async function stop(signal: string): Promise<void> {
    if (stopping) return;
    stopping = true;
    health.stopping();
    log.info({ detail: { signal } }, 'the worker stops');
    // Should a part not answer, the leases run out by themselves.
    setTimeout(() => process.exit(1), config.STOP_MS).unref();
    listener.close();
    await Promise.all(
      [...groups.values(), ...others].map((one) => one.stop().catch(warn('something could not be ended in order'))),
    );
    await transport.stop().catch(warn('the broker could not be left in order'));
    await tracer.stop();
    server.close();
    server.closeAllConnections();
    redis.disconnect();
    await Promise.all([pool.end(), mongo.close()]);
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
