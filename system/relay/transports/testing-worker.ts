// A consumer process for the tests of the transports: writes what it handles into the table `handled`, fails on events called "ill", ends
// itself on events called "deadly", and writes what it buries into `buried`. In: the environment of the worker.
import pg from 'pg';
import { systemClock as clock } from '../../clock.ts';
import { readConfig } from '../../config.ts';
import { createLog } from '../../telemetry/log.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import { startGroup } from '../group.ts';
import { createTransport } from './create.ts';

const config = readConfig();
const log = createLog(config, 'worker');
const metrics = createMetrics('worker', { version: 'test', commit: 'test' });
const pool = new pg.Pool({ connectionString: config.DATABASE_URL, max: 5 });
const transport = await createTransport({
  pool,
  config,
  metrics,
  onAway: (error) => log.warn({ detail: { reason: String(error) } }, 'the broker is away'),
});

const group = startGroup(
  {
    group: 'read-models',
    source: (holder) => transport.source('read-models', holder),
    async handle(batches) {
      const events = batches.flatMap((batch) => batch.events);
      const names = events.map(({ data }) => data.name);
      if (names.includes('deadly')) process.exit(9);
      if (names.includes('ill')) throw new Error('cannot handle this');
      await pool.query(
        `insert into handled (id, aggregate_id, version, pid) select * from unnest($1::text[], $2::uuid[], $3::int[], array_fill($4::int, array[cardinality($1)]))`,
        [
          events.map(({ id }) => id),
          events.map(({ aggregateId }) => aggregateId),
          events.map(({ version }) => version),
          process.pid,
        ],
      );
    },
    async bury({ id }, { reason, startedAttempts, finishedAttempts }) {
      await pool.query('insert into buried values ($1, $2, $3, $4)', [id, reason, startedAttempts, finishedAttempts]);
    },
    answers: () => pool.query('select 1'),
  },
  { pool, metrics, clock, log, config },
);

process.on('SIGTERM', async () => {
  await group.stop();
  await transport.stop();
  await pool.end();
});
