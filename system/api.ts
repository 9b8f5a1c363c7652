// The API process: configuration in, connections made, requests served until SIGTERM, then everything ended in order.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createCache } from './cache/cache.ts';
import { connectRedis } from './cache/redis.ts';
import { systemClock } from './clock.ts';
import { type Config, readConfig } from './config.ts';
import { createApp } from './http/app.ts';
import { secretKey } from './http/auth.ts';
import { createHealth } from './http/health.ts';
import { attendanceSheets } from './read/attendance-sheet.ts';
import { attendanceStatistics } from './read/attendance-statistic.ts';
import { memberCards } from './read/member-card.ts';
import { connectMongo } from './read/mongo.ts';
import { createWaker } from './relay/wake.ts';
import { createLog } from './telemetry/log.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { commandHandlers } from './write/commands.ts';
import { createPool } from './write/pool.ts';

/** Longer than a balancer keeps idle connections (HAProxy's usual 60 s), so that it never sends on one we just closed. */
const KEEP_ALIVE_MS = 65_000;
/** Longest time for the headers, and for a whole request, to arrive. */
const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;
const CLOSE_IDLE_EVERY_MS = 50;

async function main(config: Config): Promise<void> {
  const log = createLog(config, 'api');
  const metrics = createMetrics('api', { version: config.BUILD_VERSION, commit: config.BUILD_COMMIT });
  const pool = createPool(config, metrics, (error) => log.warn({ detail: error }, 'a PostgreSQL connection broke'));
  const mongo = connectMongo(config, metrics);
  const redis = connectRedis(config.REDIS_URL, config.REDIS_COMMAND_MS, (error) =>
    log.warn({ detail: error }, 'Redis is away'),
  );
  const cache = createCache({ redis, metrics, random: Math.random });
  const health = createHealth(
    {
      postgres: { needed: true, ask: () => pool.query('select 1') },
      mongodb: { needed: true, ask: () => mongo.db.command({ ping: 1 }) },
      redis: { needed: false, ask: () => redis.ping() },
    },
    config.PG_WAIT_MS,
  );
  const app = createApp({
    services: {
      commands: commandHandlers({ pool, hint: createWaker(redis).hint }),
      memberCard: memberCards(mongo.db),
      attendanceSheets: attendanceSheets(mongo.db),
      attendanceStatistic: attendanceStatistics(mongo.db, cache),
      wait: { waitMs: config.READ_WAIT_MS, clock: systemClock, metrics },
    },
    health,
    key: secretKey(config.JWT_SECRET),
    clock: systemClock,
    log,
    metrics,
  });
  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS },
    app,
  );
  await listen(server, config);
  log.info({ detail: { port: (server.address() as AddressInfo).port } }, 'the API listens');

  const signal = await ended();
  health.stopping();
  log.info({ detail: { signal } }, 'the API stops');
  const whole = await close(server, config.STOP_MS);
  if (!whole) log.warn({ detail: { stopMs: config.STOP_MS } }, 'requests under way were cut off');
  redis.disconnect();
  await Promise.all([pool.end(), mongo.client.close()]);
  log.info({}, 'the API has stopped');
}

function listen(server: Server, { PORT, HOST }: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(PORT, HOST, () => resolve());
  });
}

function ended(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve);
  });
}

/** Takes no more connections and waits for the requests under way. False when some had to be cut off after `stopMs`. */
async function close(server: Server, stopMs: number): Promise<boolean> {
  let whole = true;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection that had a request when `close` was called becomes idle when it is answered, and would be kept.
  const idle = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS);
  const limit = setTimeout(() => {
    whole = false;
    server.closeAllConnections();
  }, stopMs);
  await closed;
  clearInterval(idle);
  clearTimeout(limit);
  return whole;
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
