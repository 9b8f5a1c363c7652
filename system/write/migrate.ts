// Brings a PostgreSQL database to the newest schema: `node system/write/migrate.ts`. In: the SQL files of `migrations/`, by name.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { readConfig } from '../config.ts';

const FOLDER = new URL('./migrations/', import.meta.url);
/** Any constant that nobody else locks: "ams-perf" in hexadecimal. */
const LOCK = 0x616d7370;

/**
 * Applies what is missing, all in one transaction; a second caller waits for the first and finds nothing to do.
 * @returns names of the files applied now
 * @throws Error when a file that is applied already has been edited since
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5000 });
  await client.connect();
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [LOCK]);
    await client.query(`create table if not exists schema_migration
      (name text primary key, sha256 text not null, applied_at timestamptz not null default now())`);
    const { rows } = await client.query<{ name: string; sha256: string }>('select name, sha256 from schema_migration');
    const applied = new Map(rows.map((row) => [row.name, row.sha256]));
    const now: string[] = [];
    for (const name of (await readdir(FOLDER)).filter((file) => file.endsWith('.sql')).sort()) {
      const sql = await readFile(new URL(name, FOLDER), 'utf8');
      const sha256 = createHash('sha256').update(sql).digest('hex');
      const before = applied.get(name);
      if (before === sha256) continue;
      if (before) throw new Error(`migration ${name} was edited after it was applied: add a new file instead`);
      await client.query(sql);
      await client.query('insert into schema_migration (name, sha256) values ($1, $2)', [name, sha256]);
      now.push(name);
    }
    await client.query('commit');
    return now;
  } finally {
    // Without a commit the end of the connection rolls everything back.
    await client.end();
  }
}

if (import.meta.main) {
  const applied = await migrate(readConfig().DATABASE_URL);
  process.stdout.write(applied.length ? `applied ${applied.join(', ')}\n` : 'nothing to apply\n');
}
