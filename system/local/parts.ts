// The parts of a system under test: each found or started, told where it came from, ended together.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Progress } from '../../cli/progress.ts';
import { endOrphans } from './child.ts';
import { local } from './config.ts';
import { failures } from './failures.ts';
import { pingKafka, startKafka } from './kafka.ts';
import { ping, startMongodb } from './mongodb.ts';
import type { Part, PartName, StartOptions } from './part.ts';
import { query, startPostgres } from './postgres.ts';
import { pingRabbitmq, startRabbitmq } from './rabbitmq.ts';
import { pingRedis, startRedis } from './redis.ts';

const TABLE: Record<
  PartName,
  { start: (options: StartOptions) => Promise<Part>; answers: (url: string) => Promise<void> }
> = {
  postgres: { start: startPostgres, answers: (url) => query(url, 'select 1') },
  mongodb: { start: startMongodb, answers: ping },
  redis: { start: startRedis, answers: pingRedis },
  rabbitmq: { start: startRabbitmq, answers: pingRabbitmq },
  kafka: { start: startKafka, answers: pingKafka },
};

/** Every part that a service can ask for. */
export const PART_NAMES = Object.keys(TABLE) as PartName[];

/** Those that nearly every integration test needs, so that all of them share one of each. */
export const SHARED_PARTS: PartName[] = ['postgres', 'mongodb', 'redis'];

export interface Parts {
  list: Part[];
  urls: Partial<Record<PartName, string>>;
  stop(): Promise<void>;
}

export interface PartsOptions {
  dir: string;
  progress: Progress;
  signal?: AbortSignal;
  /** Start servers of our own even where the environment names one: for two systems that must not share. */
  ignoreEnvironment?: boolean;
  ports?: Partial<Record<PartName, number>>;
}

/** Starts (or takes from the environment) the named parts side by side. On any failure nothing stays running. */
export async function startParts(names: PartName[], options: PartsOptions): Promise<Parts> {
  const orphans = await endOrphans();
  if (orphans > 0) options.progress.note(`ended ${orphans} processes that an earlier, crashed run had left`);
  await mkdir(options.dir, { recursive: true });
  const settled = await Promise.allSettled(names.map((name) => startOne(name, options)));
  const list = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const stop = async () => {
    await Promise.all(list.map((part) => part.stop()));
  };
  const failed = settled.find((one) => one.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  options.progress.note(list.map((part) => `${part.name} ${part.version} (${part.from})`).join(', '));
  return { list, urls: Object.fromEntries(list.map((part) => [part.name, part.url])), stop };
}

async function startOne(name: PartName, options: PartsOptions): Promise<Part> {
  const given = options.ignoreEnvironment ? undefined : local.urls[name];
  if (!given)
    return TABLE[name].start({
      dir: options.dir,
      progress: options.progress,
      signal: options.signal,
      port: options.ports?.[name],
    });
  await TABLE[name].answers(given).catch((error: Error) => {
    throw failures.unreachable(name, given, error.message);
  });
  return { name, version: 'unknown', from: 'environment', url: given, kill() {}, async stop() {} };
}

/** A temporary folder for data and logs of one run; `remove` takes it away. */
export async function scratchDir(): Promise<{ dir: string; remove(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'ams-perf-'));
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}
