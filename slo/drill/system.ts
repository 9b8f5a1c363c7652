// The real system, to be hurt: every part behind proxies of ours, one for the API and one for the worker, so that one can be slowed or
// cut off and the other not; a provider of messages that refuses on demand; a light load through the front door.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import type { Progress } from '../../cli/progress.ts';
import { type Link, startLink } from '../../loadtests/faults/link.ts';
import { seedService } from '../../loadtests/run/seed.ts';
import { headersOf } from '../../loadtests/run/system.ts';
import { startBlackbox } from '../../system/local/blackbox.ts';
import { startChild } from '../../system/local/child.ts';
import { local } from '../../system/local/config.ts';
import type { PartName } from '../../system/local/part.ts';
import { type Parts, scratchDir, startParts } from '../../system/local/parts.ts';
import { freePort } from '../../system/local/ports.ts';
import { query } from '../../system/local/postgres.ts';
import { type Running, runHook, startService } from '../../system/local/service.ts';
import { readService } from '../../system/local/service-spec.ts';
import type { Hurt } from './drill.ts';
import { IDENTITIES, type Load, seedCalls, startLoad } from './load.ts';
import type { Targets } from './monitoring.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');

type Links = Record<PartName, Link>;

export interface DrilledSystem {
  targets: Targets;
  /** `host:port` of a process. */
  addressOf(process: string): string;
  running: Pick<Running, 'kill' | 'restart'>;
  /** What stands between the API and each part, and between the worker and each part. */
  api: Links;
  worker: Links;
  /** Orders a fault of the provider of messages, as system/notify/fake does it; an empty one ends it. */
  provider(fault: object): Promise<void>;
  /** Begins a transaction that writes, past all proxies; its end rolls it back. */
  openTransaction(): Promise<Hurt>;
  /** Gives a table of PostgreSQL another name; its end gives the right one back. */
  rename(table: string, other: string): Promise<Hurt>;
  load: Load;
  stop(): Promise<void>;
}

/** Starts everything, seeds it and loads it. On any failure nothing stays running. @param run tells its data from others' */
export async function startDrilledSystem(options: {
  run: string;
  dir: string;
  progress: Progress;
  signal: AbortSignal;
}): Promise<DrilledSystem> {
  const { run, dir, progress, signal } = options;
  const stops: (() => unknown)[] = [];
  const stop = async () => {
    for (const end of stops.splice(0)) await end();
  };
  try {
    const spec = await readService(path.join(ROOT, 'system', 'service.yaml'));
    const scratch = await scratchDir();
    stops.unshift(scratch.remove);
    progress.step('starting the parts');
    const names = Object.keys(spec.parts) as PartName[];
    const parts = await startParts(names, { dir: scratch.dir, progress, signal, ignoreEnvironment: true });
    stops.unshift(parts.stop);
    const [api, worker] = [await linksTo(parts), await linksTo(parts)];
    for (const link of [...Object.values(api), ...Object.values(worker)]) stops.unshift(link.stop);
    const provider = await startProvider(scratch.dir, signal);
    stops.unshift(provider.stop);
    progress.step(`preparing and starting ${spec.name}`);
    const direct = { checkout: ROOT, parts, signal };
    await runHook(spec, 'prepare', direct);
    const running = await startService(spec, {
      ...direct,
      parts: { list: parts.list, urls: through(parts, worker) },
      env: { LOG_LEVEL: 'error', NOTIFY_KAKAO_URL: `${provider.url}/kakao` },
      targetEnv: {
        ...spec.closedLoopEnv,
        ...Object.fromEntries(names.map((name) => [spec.parts[name]!, through(parts, api)[name]!])),
      },
      // Each role of the worker is a process, as in compose: one can be hurt alone.
      split: true,
      dir,
    });
    stops.unshift(running.stop);
    const config = await readFile(path.join(ROOT, 'dashboards', 'stack', 'blackbox.yml'), 'utf8');
    const blackbox = await startBlackbox({ dir: scratch.dir, progress, signal, config });
    stops.unshift(blackbox.stop);
    const [headers] = await headersOf(spec, IDENTITIES, direct);
    progress.step('seeding');
    await seedService(running.baseUrl, [headers!], seedCalls(), { signal });
    const load = startLoad(running.baseUrl, headers!, run);
    stops.unshift(load.stop);
    return {
      targets: {
        jobs: jobsOf(running),
        probe: { exporter: new URL(blackbox.url).host, module: 'front_door', url: running.baseUrl + spec.health },
      },
      addressOf: (name) => `127.0.0.1:${running.processes.find((one) => one.name === name)!.port}`,
      running,
      api,
      worker,
      load,
      provider: (fault) => provider.order(fault),
      openTransaction: () => openTransaction(parts.urls.postgres!),
      rename: (table, other) => rename(parts.urls.postgres!, table, other),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function openTransaction(url: string): Promise<Hurt> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  // An id of its own makes it a writing one, which readers of the outbox must wait for.
  await client.query('begin');
  await client.query('select pg_current_xact_id()');
  return { end: () => client.end() };
}

async function rename(url: string, table: string, other: string): Promise<Hurt> {
  await query(url, `alter table ${table} rename to ${other}`);
  return { end: () => query(url, `alter table ${other} rename to ${table}`) };
}

/** What Prometheus scrapes: each kind of process is a job. */
function jobsOf({ processes }: Running): Record<string, string[]> {
  const jobs: Record<string, string[]> = {};
  for (const { kind, port } of processes) jobs[kind] = [...(jobs[kind] ?? []), `127.0.0.1:${port}`];
  return jobs;
}

async function linksTo({ list }: Parts): Promise<Links> {
  const entries = list.map(async ({ name, url }): Promise<[string, Link]> => {
    const { hostname, port } = new URL(url);
    return [name, await startLink({ host: hostname, port: Number(port) })];
  });
  return Object.fromEntries(await Promise.all(entries)) as Links;
}

function through({ list }: Parts, links: Links): Partial<Record<PartName, string>> {
  return Object.fromEntries(
    list.map(({ name, url }) => {
      const changed = new URL(url);
      changed.port = String(links[name as PartName].port);
      return [name, changed.href];
    }),
  );
}

async function startProvider(dir: string, signal: AbortSignal) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = await startChild({
    name: 'provider',
    command: [process.execPath, path.join(ROOT, 'system/notify/fake/main.ts')],
    cwd: dir,
    env: { ...local.childEnv, PORT: String(port) },
    logFile: path.join(dir, 'provider.log'),
    ready: async () => void (await (await fetch(`${url}/health`)).text()),
    signal,
  });
  return {
    url,
    stop: child.stop,
    async order(fault: object) {
      await fetch(`${url}/admin/faults/kakao`, { method: 'PUT', body: JSON.stringify(fault) });
    },
  };
}
