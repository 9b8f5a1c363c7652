// A streaming replica of a PostgreSQL on this machine: its data folder copied under a running server, as its manual describes
// ("Making a Base Backup Using the Low Level API"), because not every installation carries pg_basebackup.
import { existsSync } from 'node:fs';
import { appendFile, chmod, chown, copyFile, lstat, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { failures } from './failures.ts';
import type { Part, StartOptions } from './part.ts';
import { findPostgres, ownedFolder, startOn } from './postgres.ts';

/** What belongs to the running primary and not to its data; folders of these are made, empty. */
const NOT_COPIED = new Set(['postmaster.pid', 'postmaster.opts', 'pg_replslot', 'pg_stat_tmp']);

/**
 * Starts a replica, ready when it streams and has all that was there at its start.
 * @param primaryUrl a server of this machine whose data folder may be read; the replica's URL names the same database
 */
export async function startPostgresReplica(primaryUrl: string, options: StartOptions): Promise<Part> {
  const program = await findPostgres();
  const data = join(options.dir, 'postgres-replica');
  const uid = await ownedFolder(data);
  await chmod(data, 0o700);
  const primary = new URL(primaryUrl);
  const asOf = await copyPrimary(primaryUrl, data, uid);
  const source = `host=${primary.hostname} port=${primary.port} user=${primary.username} application_name=replica`;
  await appendFile(join(data, 'postgresql.auto.conf'), `primary_conninfo = '${source}'\n`);
  await ownedFile(join(data, 'standby.signal'), '', uid);
  const part = await startOn(program, data, 'postgres-replica', options, async (url) => {
    const [row] = await rowsOf(
      url,
      `select pg_last_wal_replay_lsn() >= '${asOf}' and exists (select from pg_stat_wal_receiver where status = 'streaming') as ready`,
    );
    if (!row?.ready) throw new Error('it has not caught up yet');
  });
  return { ...part, url: part.url.replace(/postgres$/, primary.pathname.slice(1)) };
}

/** Gives the place in the write-ahead log up to which the copy must be replayed to be whole. */
async function copyPrimary(url: string, target: string, uid: number | undefined): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  // A backup ends with the connection that began it.
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows: folder } = await client.query('show data_directory');
    const source: string = folder[0].data_directory;
    if (!existsSync(source)) throw failures.notOnThisMachine('PostgreSQL', url, source);
    await client.query(`select pg_backup_start('replica', fast => true)`);
    await copyFolder(source, target, uid);
    const { rows } = await client.query('select lsn::text, labelfile from pg_backup_stop(wait_for_archive => false)');
    await ownedFile(join(target, 'backup_label'), rows[0].labelfile, uid);
    return rows[0].lsn;
  } finally {
    await client.end();
  }
}

/** Files may vanish while they are copied: the log of the backup makes up for them. */
async function copyFolder(source: string, target: string, uid: number | undefined): Promise<void> {
  await mkdir(target, { recursive: true, mode: 0o700 });
  await own(target, uid);
  for (const name of await readdir(source)) {
    const [from, to] = [join(source, name), join(target, name)];
    try {
      const stat = await lstat(from);
      if (NOT_COPIED.has(name)) {
        if (stat.isDirectory()) await mkdir(to, { mode: 0o700 });
      } else if (stat.isDirectory()) await copyFolder(from, to, uid);
      else if (stat.isFile()) await copyFile(from, to);
      else continue;
      await own(to, uid);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

async function own(path: string, uid: number | undefined): Promise<void> {
  if (uid !== undefined && existsSync(path)) await chown(path, uid, uid);
}

async function ownedFile(file: string, text: string, uid: number | undefined): Promise<void> {
  await writeFile(file, text, { mode: 0o600 });
  await own(file, uid);
}

async function rowsOf(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}
