// Keeps the tables of the write model from growing for ever: outbox partitions made ahead and dropped behind all consumers, answers
// of yesterday removed. One process of all does it at a time; what fails is logged, counted and tried again.
import type pg from 'pg';
import type { Clock } from '../clock.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { dropPassed, makePartition, rangesAhead, readPartitions } from './outbox-partitions.ts';

export interface MaintenanceOptions {
  everyMs: number;
  /** A partition is made as wide as the transactions that came in about this time... */
  partitionMs: number;
  /** ...but never less wide than this: small partitions of a quiet system would only cost. About 40 MB of events. */
  leastWidth: bigint;
  /** Events stay for at least so long, for whoever looks into them and for a new consumer. */
  outboxRetentionMs: number;
  /** An Idempotency-Key is remembered for so long. */
  answerRetentionMs: number;
}

const DEFAULTS: MaintenanceOptions = {
  everyMs: 10_000,
  partitionMs: 3_600_000,
  leastWidth: 100_000n,
  outboxRetentionMs: 3_600_000,
  answerRetentionMs: 24 * 3_600_000,
};

/** Rows deleted at once: a short transaction, because a writing one holds the relay back. */
const ANSWERS_AT_ONCE = 1000;
/** Deletions of one turn: twice as fast as 1,000 commands a second bring new ones, and never the whole of a turn. */
const MOST_DELETIONS = 20;
/** Any constant that nobody else locks: "maintain" in hexadecimal, shortened. */
const LOCK = 0x6d61696e;

export interface MaintenanceParts {
  pool: pg.Pool;
  clock: Clock;
  log: Pick<Logger, 'info' | 'warn'>;
  metrics: Pick<Metrics, 'outboxPartitions' | 'maintenanceRunsTotal'>;
}

/** Starts at once and repeats. `stop` waits for the turn under way. */
export function startMaintenance(
  parts: MaintenanceParts,
  options: Partial<MaintenanceOptions> = {},
): { stop(): Promise<void> } {
  const turn = createTurn(parts, { ...DEFAULTS, ...options });
  const everyMs = options.everyMs ?? DEFAULTS.everyMs;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running = run();
  async function run(): Promise<void> {
    await turn();
    if (!stopped) timer = setTimeout(() => (running = run()), everyMs);
  }
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
      return running;
    },
  };
}

/** One turn of maintenance, for a loop or a test. Never rejects. */
export function createTurn({ pool, clock, log, metrics }: MaintenanceParts, options: MaintenanceOptions) {
  const rate = createRate(clock);

  async function outboxAhead(client: pg.PoolClient): Promise<void> {
    const partitions = await readPartitions(client);
    const inTime = BigInt(Math.round(rate(partitions.nextXid) * options.partitionMs));
    const width = inTime > options.leastWidth ? inTime : options.leastWidth;
    for (const range of rangesAhead(partitions, width)) await makePartition(client, range);
  }

  async function outboxDrop(client: pg.PoolClient): Promise<void> {
    const partitions = await readPartitions(client);
    const dropped = await dropPassed(client, partitions, options.outboxRetentionMs);
    metrics.outboxPartitions.set(
      partitions.ranges.length + 1 - dropped.filter((name) => name !== 'outbox_default').length,
    );
    if (dropped.length > 0) log.info({ detail: { dropped } }, 'outbox partitions were dropped');
  }

  async function answers(client: pg.PoolClient): Promise<void> {
    for (let deletions = 0; deletions < MOST_DELETIONS; deletions++) {
      const { rowCount } = await client.query({
        name: 'delete-answers',
        text: `delete from idempotency where ctid = any (array(
          select ctid from idempotency where created_at < clock_timestamp() - $1 * interval '1 millisecond'
          order by created_at limit $2))`,
        values: [options.answerRetentionMs, ANSWERS_AT_ONCE],
      });
      if (rowCount! < ANSWERS_AT_ONCE) return;
    }
  }

  const tasks = { outbox_ahead: outboxAhead, outbox_drop: outboxDrop, answers };

  async function run(client: pg.PoolClient): Promise<void> {
    for (const [task, work] of Object.entries(tasks)) {
      try {
        await work(client);
        metrics.maintenanceRunsTotal.inc({ task, outcome: 'done' });
      } catch (error) {
        metrics.maintenanceRunsTotal.inc({ task, outcome: 'failed' });
        log.warn({ detail: { task, reason: String(error) } }, 'maintenance tries again later');
      }
    }
  }

  return async (): Promise<void> => {
    let client: pg.PoolClient | undefined;
    try {
      client = await pool.connect();
      const { rows } = await client.query('select pg_try_advisory_lock($1) as mine', [LOCK]);
      if (rows[0].mine) {
        await run(client);
        await client.query('select pg_advisory_unlock($1)', [LOCK]);
      }
      client.release();
    } catch (error) {
      log.warn({ detail: { reason: String(error) } }, 'maintenance has no connection');
      // A broken connection must not go back to the pool, and its lock ends with it.
      client?.release(true);
    }
  };
}

/** Transactions per millisecond between two calls; 0 at the first. */
function createRate(clock: Clock): (nextXid: bigint) => number {
  let before: { xid: bigint; atMs: number } | undefined;
  return (xid) => {
    const atMs = clock.monotonicMs();
    const elapsedMs = before ? atMs - before.atMs : 0;
    const perMs = before && elapsedMs > 0 ? Number(xid - before.xid) / elapsedMs : 0;
    before = { xid, atMs };
    return perMs;
  };
}
