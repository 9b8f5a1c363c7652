// Our worker over a heap of waiting events: a process of its own, with nothing left out but the other roles.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import pg from 'pg';
import { startChild } from '../../local/child.ts';
import { local } from '../../local/config.ts';
import { freePort } from '../../local/ports.ts';
import { RELAY_SETTINGS } from '../../relay/outbox.ts';
import { migrate } from '../../write/migrate.ts';
import { appendEvents } from './seed.ts';

const WARM_EVENTS = 10_000;
const LOOK_EVERY_MS = 20;
const LONGEST_MS = 300_000;

export interface RelayArm {
  urls: { postgres: string; mongodb: string; redis: string };
  /** Where its log goes. */
  dir: string;
  events: number;
  signal?: AbortSignal;
}

/** One event behind a cursor is enough: to count them every time would take the machine away from those that are measured. */
async function isBehind(pool: pg.Pool): Promise<boolean> {
  const { rowCount } = await pool.query(
    `select from relay_lane l cross join lateral (
       select from outbox o where o.lane = l.lane and o.xid >= l.cursor_xid and (o.xid, o.seq) > (l.cursor_xid, l.cursor_seq)
       order by o.xid, o.seq limit 1) e
     where l.consumer = 'read-models'`,
  );
  return rowCount! > 0;
}

/** Events per second from their commit until every cursor is behind them. Throws when a document is missing. */
export async function measureOurs({ urls, dir, events, signal }: RelayArm): Promise<number> {
  await migrate(urls.postgres);
  const pool = new pg.Pool({ connectionString: urls.postgres, max: 2, options: RELAY_SETTINGS });
  const mongo = new MongoClient(urls.mongodb);
  const port = await freePort();
  const worker = await startChild({
    name: 'worker',
    command: [process.execPath, 'system/worker.ts'],
    cwd: join(import.meta.dirname, '..', '..', '..'),
    env: {
      ...local.childEnv,
      PORT: String(port),
      DATABASE_URL: urls.postgres,
      MONGODB_URL: urls.mongodb,
      REDIS_URL: urls.redis,
      JWT_SECRET: 'a-secret-for-benchmarks-only',
      WORKER_ROLES: 'projections',
    },
    logFile: join(dir, 'worker.log'),
    ready: async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/actuator/health/readiness`);
      if (!answer.ok) throw new Error(`readiness answered ${answer.status}`);
    },
    signal,
  });
  try {
    const carry = async (count: number): Promise<number> => {
      await appendEvents(pool, count);
      const since = performance.now();
      while (await isBehind(pool)) {
        signal?.throwIfAborted();
        if (performance.now() - since > LONGEST_MS)
          throw new Error('the worker does not come to an end with its events');
        await sleep(LOOK_EVERY_MS);
      }
      return performance.now() - since;
    };
    await carry(WARM_EVENTS);
    const tookMs = await carry(events);
    const documents = ['member_card', 'attendance_sheet'].map((name) =>
      mongo.db().collection(name).countDocuments({ version: 2 }),
    );
    const whole = (await Promise.all(documents)).reduce((sum, one) => sum + one);
    if (whole !== (WARM_EVENTS + events) / 2)
      throw new Error(`${whole} documents are whole, not ${(WARM_EVENTS + events) / 2}`);
    return (events * 1000) / tookMs;
  } finally {
    await worker.stop();
    await Promise.all([pool.end(), mongo.close()]);
  }
}
