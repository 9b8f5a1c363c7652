// npm run rebuild -- <read model>|all: builds read models anew from the write model, while reads and writes go on.
import { MongoClient, MongoError } from 'mongodb';
import pg from 'pg';
import { type Command, usage } from '../../../cli/command.ts';
import { EXIT } from '../../../cli/exit.ts';
import { Failure } from '../../../cli/failure.ts';
import { table } from '../../../cli/table.ts';
import { systemClock } from '../../clock.ts';
import { readStoreUrls } from '../../config.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import type { AnyProjection } from '../projection.ts';
import { PROJECTIONS } from '../projections.ts';
import { failures } from './failures.ts';
import { type RebuildRun, rebuildAll } from './run.ts';

const WAIT_MS = 5000;
const NAMES = PROJECTIONS.map(({ name }) => name);

export const command: Command = {
  name: 'rebuild',
  summary:
    'Builds read models anew from the present state of the write model, beside the live ones, and switches; nothing stops.',
  words: `<${NAMES.join(' | ')} | all>`,
  options: {
    postgres: { type: 'string', value: 'URL', help: 'the write model (default: DATABASE_URL)' },
    mongodb: { type: 'string', value: 'URL', help: 'the read model (default: MONGODB_URL)' },
  },
  examples: [
    { line: 'npm run rebuild -- member-card', does: 'one read model; its dead letters are settled by the way' },
    { line: 'npm run rebuild -- all', does: 'every read model, and the statistics counted again' },
  ],
  async run({ words, options, progress, signal }) {
    const projections = wanted(words);
    const urls = urlsOf({ DATABASE_URL: options.postgres, MONGODB_URL: options.mongodb });
    // One for the lock, one that reads.
    const pool = new pg.Pool({ connectionString: urls.DATABASE_URL, max: 2, connectionTimeoutMillis: WAIT_MS });
    pool.on('error', () => {});
    const client = new MongoClient(urls.MONGODB_URL, { serverSelectionTimeoutMS: WAIT_MS, connectTimeoutMS: WAIT_MS });
    progress.step(`rebuilding ${projections.map(({ name }) => name).join(', ')}`);
    try {
      const metrics = createMetrics('worker', { version: 'cli', commit: 'cli' });
      const parts = { pool, db: client.db(), clock: systemClock, metrics, signal, tell: progress.tick };
      const run = await rebuildAll(parts, projections);
      return { exitCode: EXIT.pass, data: run, text: textOf(run) };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Failure) throw error;
      throw failures.unreachable(error instanceof MongoError ? 'MongoDB' : 'PostgreSQL', (error as Error).message);
    } finally {
      await Promise.all([pool.end(), client.close()]);
    }
  },
};

function wanted([name, ...more]: string[]): readonly AnyProjection[] {
  const known = `one of ${NAMES.join(', ')}, all`;
  if (name === undefined || more.length > 0) throw usage('rebuild takes one read model', known);
  if (name === 'all') return PROJECTIONS;
  const found = PROJECTIONS.filter((projection) => projection.name === name);
  if (found.length === 0) throw usage(`there is no read model "${name}"`, known);
  return found;
}

function urlsOf(given: Record<string, string | boolean | undefined>) {
  const set = Object.entries(given).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  try {
    return readStoreUrls(Object.fromEntries(set));
  } catch (error) {
    throw usage((error as Error).message, 'set DATABASE_URL and MONGODB_URL, or give --postgres and --mongodb');
  }
}

function textOf({ rebuilt, counted }: RebuildRun): string {
  const rows = rebuilt.map(({ name, aggregates, events, caughtUp, settledLetters, seconds }) => [
    name,
    ...[aggregates, events, caughtUp, settledLetters].map(String),
    seconds.toFixed(1),
  ]);
  const header = ['read model', 'aggregates', 'as many events', 'caught up', 'letters settled', 'seconds'];
  return `${table(header, rows)}\n\n${counted} statistics counted again`;
}
