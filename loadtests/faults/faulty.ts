// A system whose every part and process can be hurt: its parts are reached through proxies of ours, its processes are ours to kill.
import { join } from 'node:path';
import type { Progress } from '../../cli/progress.ts';
import type { Part, PartName, StartOptions } from '../../system/local/part.ts';
import { type Parts, scratchDir, startParts } from '../../system/local/parts.ts';
import { freePort } from '../../system/local/ports.ts';
import { type Running, runHook, type ServiceOptions, startService } from '../../system/local/service.ts';
import type { ServiceSpec } from '../../system/local/service-spec.ts';
import { headersOf } from '../run/system.ts';
import type { Identity } from '../workload/plan.ts';
import { failures } from './failures.ts';
import { type Link, startLink } from './link.ts';

/** What a fault is done to, by name: a process of the service, `balancer`, or `part:NAME`. */
export interface Target {
  kill(signal: NodeJS.Signals): void;
  /** Starts it again on its data and port, ready when this resolves. */
  restart(): Promise<void>;
  /** What stands before it; only parts of one address have one. */
  link: Link | undefined;
}

export interface Faulty {
  baseUrl: string;
  running: Running;
  target(name: string): Target;
  headers(identities: Identity[]): Promise<Record<string, string>[]>;
  /** Runs the audit hook, past the proxies. */
  audit(stdin: string): Promise<string | undefined>;
  stop(): Promise<void>;
}

/** A part beyond those of the service file. */
export interface Extra {
  /** Takes its URL. */
  variable: string;
  /** @param options.linkPort where its proxy listens, for a part that tells its clients its own address */
  start(parts: Parts, options: StartOptions & { port: number; linkPort: number }): Promise<Part>;
}

export interface FaultyOptions extends Pick<ServiceOptions, 'instances' | 'split' | 'env'> {
  checkout: string;
  extras?: Extra[];
  /** What takes the place of a part of the service file: a replica set of the one server. */
  instead?: Partial<Record<PartName, (options: StartOptions) => Promise<Part>>>;
  progress: Progress;
  signal?: AbortSignal;
}

/** Starts parts, proxies and service, prepared. On any failure nothing stays running. */
export async function startFaulty(spec: ServiceSpec, options: FaultyOptions): Promise<Faulty> {
  const { checkout, extras = [], instead = {}, progress, signal, env, ...size } = options;
  const scratch = await scratchDir();
  const stops: (() => Promise<unknown>)[] = [scratch.remove];
  const stop = async () => {
    for (const end of stops.splice(0)) await end();
  };
  try {
    const where = { dir: scratch.dir, progress, signal };
    const names = Object.keys(spec.parts) as PartName[];
    const ordinary = names.filter((name) => !instead[name]);
    const parts = await startParts(ordinary, { ...where, ignoreEnvironment: true });
    stops.unshift(parts.stop);
    for (const [name, start] of Object.entries(instead)) {
      const part = await start(where);
      parts.list.push(part);
      parts.urls[name as PartName] = part.url;
    }
    const links = await linksTo(parts.list);
    for (const { stop } of links.values()) stops.unshift(stop);
    const variables = new Map<string, string>();
    for (const { variable, start } of extras) {
      const port = await freePort();
      const link = await startLink({ host: '127.0.0.1', port });
      stops.unshift(link.stop);
      const part = await start(parts, { ...where, port, linkPort: link.port });
      parts.list.push(part);
      links.set(part.name, link);
      variables.set(variable, part.name);
    }
    const direct = { checkout, parts, signal, ...(env && { env }) };
    const urlOf = (name: string) => through(parts.list.find((one) => one.name === name)!, links);
    await runHook(spec, 'prepare', direct);
    const running = await startService(spec, {
      ...direct,
      ...size,
      parts: { list: parts.list, urls: Object.fromEntries(names.map((name) => [name, urlOf(name)])) },
      env: { ...env, ...Object.fromEntries([...variables].map(([variable, name]) => [variable, urlOf(name)])) },
      dir: join(scratch.dir, 'logs'),
    });
    stops.unshift(running.stop);
    return {
      baseUrl: running.baseUrl,
      running,
      target: (name) => targetOf(name, running, parts, links),
      headers: (identities) => headersOf(spec, identities, direct),
      audit: (stdin) => runHook(spec, 'audit', { ...direct, stdin }),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Where a part of ours answers, in whatever kind of URL. */
const ADDRESS = /127\.0\.0\.1:(\d+)/g;

/** One for each part that has one address; the members of a set tell their clients where they are. */
async function linksTo(parts: Part[]): Promise<Map<string, Link>> {
  const links = new Map<string, Link>();
  for (const { name, url } of parts) {
    const [address, ...more] = url.matchAll(ADDRESS);
    if (address && more.length === 0) links.set(name, await startLink({ host: '127.0.0.1', port: Number(address[1]) }));
  }
  return links;
}

function through({ name, url }: Part, links: Map<string, Link>): string {
  const link = links.get(name);
  return link ? url.replace(ADDRESS, `127.0.0.1:${link.port}`) : url;
}

function targetOf(name: string, running: Running, parts: Parts, links: Map<string, Link>): Target {
  const part = name === 'balancer' ? running.balancer : parts.list.find((one) => `part:${one.name}` === name);
  if (part) {
    const restart = async () => {
      part.pid = await part.restart!();
    };
    return { kill: part.kill, restart, link: links.get(part.name) };
  }
  if (!running.processes.some((one) => one.name === name)) {
    const names = [...running.processes.map((one) => one.name), ...parts.list.map((one) => `part:${one.name}`)];
    throw failures.noTarget(name, names);
  }
  return { kill: (signal) => running.kill(name, signal), restart: () => running.restart(name), link: undefined };
}
