// A system whose every part and process can be hurt: its parts are reached through proxies of ours, its processes are ours to kill.
import { join } from 'node:path';
import type { Progress } from '../../cli/progress.ts';
import type { Part, PartName, StartOptions } from '../../system/local/part.ts';
import { type Parts, scratchDir, startParts } from '../../system/local/parts.ts';
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
  /** What stands before it; only parts have one. */
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
  start(parts: Parts, options: StartOptions): Promise<Part>;
}

export interface FaultyOptions extends Pick<ServiceOptions, 'instances' | 'split' | 'env'> {
  checkout: string;
  extras?: Extra[];
  progress: Progress;
  signal?: AbortSignal;
}

/** Starts parts, proxies and service, prepared. On any failure nothing stays running. */
export async function startFaulty(spec: ServiceSpec, options: FaultyOptions): Promise<Faulty> {
  const { checkout, extras = [], progress, signal, env, ...size } = options;
  const scratch = await scratchDir();
  const stops: (() => Promise<unknown>)[] = [scratch.remove];
  const stop = async () => {
    for (const end of stops.splice(0)) await end();
  };
  try {
    const names = Object.keys(spec.parts) as PartName[];
    const parts = await startParts(names, { dir: scratch.dir, progress, signal, ignoreEnvironment: true });
    stops.unshift(parts.stop);
    const variables = new Map<string, string>();
    for (const { variable, start } of extras) {
      const part = await start(parts, { dir: scratch.dir, progress, signal });
      parts.list.push(part);
      variables.set(variable, part.name);
    }
    const links = await linksTo(parts);
    stops.unshift(() => Promise.all([...links.values()].map((link) => link.stop())));
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

async function linksTo(parts: Parts): Promise<Map<string, Link>> {
  const entries = parts.list.map(async ({ name, url }): Promise<[string, Link]> => {
    const { hostname, port } = new URL(url);
    return [name, await startLink({ host: hostname, port: Number(port) })];
  });
  return new Map(await Promise.all(entries));
}

function through({ name, url }: Part, links: Map<string, Link>): string {
  const changed = new URL(url);
  changed.port = String(links.get(name)!.port);
  // As it was written: where there was no path, URL adds a slash, which the sender of a path would double.
  return url.endsWith('/') ? changed.href : changed.href.replace(/\/$/, '');
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
