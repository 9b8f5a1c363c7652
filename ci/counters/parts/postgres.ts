// SQL statements and their rows, from pg_stat_statements: the server itself counts every statement when it ends, before it answers.
import pg from 'pg';
import { add, type Counts, keyOf } from '../counter.ts';
import { sqlText } from '../normalise.ts';
import type { CounterReader } from './reader.ts';

/**
 * Counts every statement of the server, in all of its databases, except our own; until it is closed those inside of functions too.
 * Throws when the server does not carry pg_stat_statements in shared_preload_libraries.
 * @param url of the service's database, for a superuser
 */
export async function openPostgres(url: string): Promise<CounterReader> {
  // A database of its own has nothing to do with the service's schema; the counts are those of the whole server.
  const maintenance = new URL(url);
  maintenance.pathname = '/postgres';
  const client = new pg.Client({ connectionString: maintenance.href, connectionTimeoutMillis: 2000 });
  client.on('error', () => {});
  await client.connect();
  const close = async () => {
    try {
      await trackForAll(client, 'reset pg_stat_statements.track');
    } finally {
      await client.end();
    }
  };
  try {
    await client.query('create extension if not exists pg_stat_statements');
    await client.query(`set pg_stat_statements.track = 'none'`);
    await trackForAll(client, `set pg_stat_statements.track = 'all'`);
  } catch (error) {
    await client.end();
    throw error;
  }
  const texts = new Map<string, string>();
  const learnTexts = async () => {
    const { rows } = await client.query('select queryid::text as id, query from pg_stat_statements');
    for (const { id, query } of rows) texts.set(id, sqlText(query));
  };
  return {
    async read() {
      // Without the texts: they are in a file, which is slow to read.
      const { rows } = await client.query(`
        select queryid::text as id, sum(calls)::float8 as calls, sum(rows)::float8 as rows
        from pg_stat_statements(false) group by queryid`);
      if (rows.some(({ id }) => !texts.has(id))) await learnTexts();
      const counts: Counts = new Map();
      for (const { id, calls, rows: affected } of rows) {
        const text = texts.get(id) ?? id;
        add(counts, keyOf('sql-statements', text), calls);
        add(counts, keyOf('sql-rows', text), affected);
      }
      return counts;
    },
    close,
  };
}

/** Changes a setting for every session that has not set it itself. */
async function trackForAll(client: pg.Client, change: string): Promise<void> {
  await client.query(`alter system ${change}`);
  await client.query('select pg_reload_conf()');
}

/** Reads one number with a query of the service file; null counts as 0. Its own statements are not counted. */
export async function openNumber(
  url: string,
  query: string,
): Promise<{ read(): Promise<number>; close(): Promise<void> }> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query(`set pg_stat_statements.track = 'none'`);
    await client.query(query);
  } catch (error) {
    await client.end();
    throw error;
  }
  return {
    read: async () => Number(Object.values((await client.query(query)).rows[0] ?? {})[0] ?? 0),
    close: () => client.end(),
  };
}
