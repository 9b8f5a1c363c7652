// The history as a table: one row a line, in the order of their arrival.
import pg from 'pg';
import { failures } from './failures.ts';
import type { Store } from './lines.ts';

const TABLE = `create table if not exists amsperf_history (
  seq bigint generated always as identity primary key,
  id text not null unique,
  line text not null
)`;
const TIMEOUT_MS = 10_000;
/** Two that make the table at once: the second one finds it made, or its name taken. */
const MADE_MEANWHILE = ['23505', '42P07'];

/** @param url of a database; the table is made when the first line is appended */
export function postgresStore(url: string): Store {
  const { host, pathname } = new URL(url);
  const name = `postgres ${host}${pathname}`;

  async function connected<T>(use: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: TIMEOUT_MS,
      query_timeout: TIMEOUT_MS,
    });
    try {
      await client.connect();
      return await use(client);
    } catch (error) {
      throw failures.storeFailed(name, 'cannot be used', (error as Error).message);
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  return {
    name,
    lines: () =>
      connected(async (client) => {
        const { rows } = await client.query<{ there: boolean }>(
          "select to_regclass('amsperf_history') is not null as there",
        );
        if (!rows[0]!.there) return [];
        const found = await client.query<{ line: string }>('select line from amsperf_history order by seq');
        return found.rows.map((row) => row.line);
      }),
    append: (id, line) =>
      connected(async (client) => {
        await client.query(TABLE).catch((error: pg.DatabaseError) => {
          if (!MADE_MEANWHILE.includes(error.code ?? '')) throw error;
        });
        const { rowCount } = await client.query(
          'insert into amsperf_history (id, line) values ($1, $2) on conflict (id) do nothing',
          [id, line],
        );
        return rowCount === 1;
      }),
  };
}
