// Redis: redis-server on PATH, or Debian's package.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { startChild } from './child.ts';
import { local } from './config.ts';
import { fromPathOrDebian } from './debian.ts';
import type { Part, StartOptions } from './part.ts';
import { freePort } from './ports.ts';

export const findRedis = () => fromPathOrDebian('redis-server', 'redis-server', 'brew install redis');

/** Starts an empty server that keeps nothing on disk. */
export async function startRedis(options: StartOptions): Promise<Part> {
  const program = await findRedis();
  const dir = join(options.dir, 'redis');
  await mkdir(dir, { recursive: true });
  const port = await freePort(options.port, 'Redis');
  const url = `redis://127.0.0.1:${port}`;
  const child = await startChild({
    name: 'redis',
    command: [
      program.path,
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      dir,
    ],
    cwd: dir,
    env: local.childEnv,
    logFile: join(options.dir, 'redis.log'),
    ready: () => pingRedis(url),
    signal: options.signal,
  });
  return { name: 'redis', version: program.version, from: program.from, url, ...child };
}

/** Resolves when a server answers; of a cluster (`redis-cluster://host:port,host:port`) the first one that is named. */
export async function pingRedis(url: string): Promise<void> {
  const client = new Redis(url.replace(/^redis-cluster:/, 'redis:').replace(/,.*/, ''), {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: 1000,
    maxRetriesPerRequest: 0,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.ping();
  } finally {
    client.disconnect();
  }
}
