// The API process: configuration in, connections made, requests served until SIGTERM, then everything ended in order.
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAnswers } from './cache/answers.ts';
import { createCodes } from './cache/codes.ts';
import { connectCache } from './cache/connect.ts';
import { createRateLimiter } from './cache/rate-limit.ts';
import { createSessions } from './cache/sessions.ts';
import { systemClock as clock } from './clock.ts';
import { type Config, readConfig } from './config.ts';
import { accountDesk } from './http/accounts.ts';
import { createApp } from './http/app.ts';
import { type Actor, secretKey } from './http/auth.ts';
import { createHealth } from './http/health.ts';
import { createPasswords } from './http/passwords.ts';
import { close, httpServer, listen } from './http/server.ts';
import { phoneVerification } from './notify/phone-verification.ts';
import { attendanceSheets } from './read/attendance-sheet.ts';
import { attendanceStatistics } from './read/attendance-statistic.ts';
import { classCards } from './read/class-card.ts';
import { classRosters } from './read/class-roster.ts';
import { memberCards } from './read/member-card.ts';
import { memberLists } from './read/member-list.ts';
import { connectMongo } from './read/mongo.ts';
import { paymentLists } from './read/payment-list.ts';
import { paymentStatistics } from './read/payment-statistic.ts';
import { receipts } from './read/receipt.ts';
import { connectReplica } from './read/replica.ts';
import { studentAttendances } from './read/student-attendance.ts';
import { createWaker } from './relay/wake.ts';
import { createCollector } from './telemetry/collect.ts';
import { createLog } from './telemetry/log.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { heapHandler, profileHandler } from './telemetry/profiles.ts';
import { createTracing } from './telemetry/tracing.ts';
import { notingFirstReady } from './telemetry/warm-up.ts';
import { accounts } from './write/accounts.ts';
import { commandHandlers } from './write/commands.ts';
import { createPool } from './write/pool.ts';

async function main(config: Config): Promise<void> {
  const log = createLog(config, 'api');
  const metrics = createMetrics('api', { version: config.BUILD_VERSION, commit: config.BUILD_COMMIT }, config);
  const warn = (message: string) => (error: unknown) => log.warn({ detail: error }, message);
  const key = secretKey(config.JWT_SECRET);

  const pool = createPool(config, metrics, warn('a PostgreSQL connection broke'));
  const replica = config.REPLICA_URL
    ? connectReplica(
        { url: config.REPLICA_URL, poolMax: config.PG_POOL_MAX, mostLagMs: config.REPLICA_LAG_MS },
        {
          primary: pool,
          metrics,
          clock,
          onChange: (state) => log.warn({ detail: { state } }, 'the read replica has changed its state'),
        },
      )
    : undefined;
  const mongo = connectMongo(config, metrics);
  const { redis, guard, cache } = connectCache(config, { metrics, clock, onError: warn('Redis is away') });
  const limiter = createRateLimiter({
    redis: guard,
    metrics,
    clock,
    limits: {
      general: config.LIMIT_GENERAL_PER_MINUTE,
      signIn: config.LIMIT_SIGN_IN_PER_MINUTE,
      verification: config.LIMIT_VERIFICATION_PER_MINUTE,
    },
  });
  const tracing = createTracing(
    {
      endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
      sampleRatio: config.TRACE_SAMPLE_RATIO,
      serviceName: 'ams-api',
      version: config.BUILD_VERSION,
    },
    { metrics, onError: warn('spans are not taken') },
  );
  const health = notingFirstReady(
    createHealth(
      {
        postgres: { needed: true, ask: () => pool.query('select 1') },
        mongodb: { needed: true, ask: () => mongo.db.command({ ping: 1 }) },
        redis: { needed: false, ask: () => redis.ping(), state: () => `breaker ${guard.state}` },
        ...(replica && {
          replica: { needed: false, ask: () => replica.query('select 1'), state: () => replica.state() },
        }),
      },
      config.PG_WAIT_MS,
    ),
    metrics,
    () => clock.monotonicMs() / 1000,
  );

  const app = createApp({
    services: {
      commands: commandHandlers({
        pool,
        hint: createWaker(redis).hint,
        answers: createAnswers({ redis: guard, metrics }),
      }),
      memberCard: memberCards(mongo.db),
      memberLists: memberLists(mongo.db),
      classCards: classCards(mongo.db, cache),
      classRosters: classRosters(mongo.db),
      attendanceSheets: attendanceSheets(mongo.db),
      studentAttendances: studentAttendances(mongo.db),
      attendanceStatistics: attendanceStatistics(mongo.db, cache),
      paymentLists: paymentLists(mongo.db),
      paymentStatistics: paymentStatistics(mongo.db, cache),
      receipts: receipts({ primary: pool, replica, metrics }),
      wait: { waitMs: config.READ_WAIT_MS, clock, metrics },
      accounts: accountDesk({
        accounts: accounts(pool),
        sessions: createSessions<Actor>({ redis: guard, clock, secret: config.JWT_SECRET }),
        codes: createCodes({ redis: guard, secret: config.JWT_SECRET }),
        passwords: createPasswords(),
        phoneVerification: phoneVerification(config.PHONE_VERIFICATION_URL, { metrics, clock, tracing }),
        onUnsent: warn('a verification code could not be sent'),
        key,
        clock,
        accessTokenSeconds: config.ACCESS_TOKEN_SECONDS,
      }),
      takeProfile: profileHandler,
      takeHeap: heapHandler,
    },
    health,
    key,
    limiter,
    clock,
    log,
    metrics,
    tracing,
    sinceStartSeconds: () => clock.monotonicMs() / 1000,
    collect: createCollector({
      metrics,
      log,
      take: (address) => limiter.take('general', `collect/${address}`),
      origins: config.COLLECT_ORIGINS.split(',').filter(Boolean),
      otlpEndpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
      otlpHeaders: config.OTEL_EXPORTER_OTLP_HEADERS,
    }),
    version: config.BUILD_VERSION,
  });
  const server = httpServer(app, clock);
  await listen(server, config);
  log.info({ detail: { port: (server.address() as AddressInfo).port } }, 'the API listens');

  const signal = await ended();
  health.stopping();
  log.info({ detail: { signal } }, 'the API stops');
  await sleep(config.DRAIN_MS);
  const whole = await close(server, config.STOP_MS);
  if (!whole) log.warn({ detail: { stopMs: config.STOP_MS } }, 'requests under way were cut off');
  redis.disconnect();
  await Promise.all([pool.end(), replica?.stop(), mongo.close(), tracing.stop()]);
  log.info({}, 'the API has stopped');
}

function ended(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve);
  });
}

let config: Config;
try {
  config = readConfig();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(2);
}
try {
  await main(config);
} catch (error) {
  process.stderr.write(`the API failed: ${(error as Error).message}\n`);
  process.exit(1);
}
