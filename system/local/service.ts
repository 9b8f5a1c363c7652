// Starts a system under test from its service.yaml in a given checkout, on given parts; runs its hooks; counts its CPU; ends it.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { type Instance, POOLS, type Pool } from './balancer-config.ts';
import { type Child, startChild } from './child.ts';
import { local } from './config.ts';
import { type Expanded, expand, isBalanced, type Size } from './expand.ts';
import { failures } from './failures.ts';
import { type Balancer, startHaproxy } from './haproxy.ts';
import type { PartName } from './part.ts';
import type { Parts } from './parts.ts';
import { freePort } from './ports.ts';
import { cpuMsOfTrees, rssBytesOfTrees } from './proc.ts';
import type { Hook, ServiceSpec } from './service-spec.ts';

export interface ServiceOptions extends Size {
  /** The tree whose code runs; commands of the specification are relative to it. */
  checkout: string;
  parts: Pick<Parts, 'urls' | 'list'>;
  /** Added for every process. */
  env?: Record<string, string>;
  /** Added for the target process alone. */
  targetEnv?: Record<string, string>;
  /** Fixed ports by process name, instead of free ones. That of the target is the balancer's when there is one. */
  ports?: Record<string, number>;
  /** Where log files go. */
  dir: string;
  signal?: AbortSignal;
}

export interface Process {
  /** Its own name; and the one in the service file, which its siblings share. */
  name: string;
  kind: string;
  pid: number;
  port: number;
  target: boolean;
  /** Its name for the balancer, with its pool. */
  server?: { pool: Pool; name: string };
}

export interface Running {
  /** Where the load goes: `http://127.0.0.1:PORT`, the balancer where there is one. */
  baseUrl: string;
  processes: Process[];
  /** Undefined where the load goes straight to the one instance of the target. */
  balancer?: Balancer;
  /** CPU so far in ms (user and system), by process name, `balancer`, and `part:NAME` for the parts that we started. */
  cpuMs(): Record<string, number>;
  /** Resident memory now in bytes, by the same names. */
  rssBytes(): Record<string, number>;
  kill(name: string, signal: NodeJS.Signals): void;
  /** Starts a process again, on its port, after it was killed or has ended. */
  restart(name: string): Promise<void>;
  /** Names of processes that have ended by themselves, with how. */
  ended(): string[];
  stop(): Promise<void>;
}

/** `node` of a specification is the very runtime that we run on, so that every arm has the same. */
const withRuntime = ([program, ...args]: string[]) => [program === 'node' ? process.execPath : program!, ...args];

function environment(spec: ServiceSpec, options: Pick<ServiceOptions, 'parts' | 'env'>): Record<string, string> {
  const urls = Object.entries(spec.parts).flatMap(([part, name]) => {
    const url = options.parts.urls[part as PartName];
    return url ? [[name, url]] : [];
  });
  return { ...local.childEnv, ...spec.env, ...Object.fromEntries(urls), ...options.env };
}

/**
 * Starts every process of the service and waits until each is ready, then the balancer before several instances of the target.
 * On failure nothing stays running. Throws `service.malformed` when a balancer is needed and the service file names none.
 */
export async function startService(spec: ServiceSpec, options: ServiceOptions): Promise<Running> {
  const balanced = isBalanced(spec, options);
  if (balanced && !spec.balancer) {
    throw failures.badService(spec.file, 'balancer: several instances of the target need one');
  }
  const settled = await Promise.allSettled(
    expand(spec, options).map((one) => startProcess(spec, one, options, balanced)),
  );
  const started = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const stops = [() => Promise.all(started.map(({ child }) => child.stop()))];
  const stop = async () => {
    for (const end of stops) await end();
  };
  try {
    const failed = settled.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
    const balancer = balanced ? await startBalancer(spec, started, options) : undefined;
    if (balancer) stops.unshift(() => balancer.stop().then(() => []));
    return handle(started, balancer, options.parts.list, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

type Started = Process & { child: Child };

async function startProcess(
  spec: ServiceSpec,
  { name, of, env, checkout, server }: Expanded,
  options: ServiceOptions,
  balanced: boolean,
): Promise<Started> {
  const wanted = balanced && of.target ? undefined : options.ports?.[name];
  const port = await freePort(wanted, `${spec.name} ${name}`);
  const child = await startChild({
    name: `${spec.name} ${name}`,
    command: withRuntime(of.command),
    cwd: checkout ?? options.checkout,
    env: {
      ...environment(spec, options),
      ...env,
      ...(server ? spec.balancer!.env : {}),
      ...(of.target ? options.targetEnv : {}),
      [of.port]: String(port),
    },
    logFile: join(options.dir, `${name}.log`),
    ready: async () => {
      const answer = await fetch(`http://127.0.0.1:${port}${of.ready}`, { signal: AbortSignal.timeout(1000) });
      await answer.arrayBuffer();
      if (!answer.ok) throw new Error(`${of.ready} answered ${answer.status}`);
    },
    signal: options.signal,
  });
  return { name, kind: of.name, pid: child.pid, port, target: of.target, ...(server && { server }), child };
}

function startBalancer(spec: ServiceSpec, started: Started[], options: ServiceOptions): Promise<Balancer> {
  const instancesOf = (pool: Pool): Instance[] =>
    started.flatMap(({ server, port }) =>
      server?.pool === pool ? [{ name: server.name, address: `127.0.0.1:${port}` }] : [],
    );
  const target = spec.processes.find((one) => one.target)!;
  return startHaproxy({
    dir: options.dir,
    signal: options.signal,
    port: options.ports?.[target.name],
    configFile: join(spec.root, spec.balancer!.config),
    balanced: { pools: Object.fromEntries(POOLS.map((pool) => [pool, instancesOf(pool)])) },
  });
}

function handle(
  started: Started[],
  balancer: Balancer | undefined,
  parts: Parts['list'],
  stop: () => Promise<void>,
): Running {
  const named = (name: string): Started => {
    const found = started.find((one) => one.name === name);
    if (!found) throw new Error(`the service has no process "${name}"`);
    return found;
  };
  const byName = (sumsOf: (pids: number[]) => Map<number, number>): Record<string, number> => {
    const counted: [string, number | undefined][] = [
      ...started.map((one): [string, number] => [one.name, one.pid]),
      ['balancer', balancer?.pid],
      ...parts.map((part): [string, number | undefined] => [`part:${part.name}`, part.pid]),
    ];
    const sums = sumsOf(counted.flatMap(([, pid]) => pid ?? []));
    return Object.fromEntries(counted.flatMap(([name, pid]) => (pid ? [[name, sums.get(pid) ?? 0]] : [])));
  };
  return {
    baseUrl: balancer?.url ?? `http://127.0.0.1:${started.find((one) => one.target)!.port}`,
    processes: started,
    ...(balancer && { balancer }),
    cpuMs: () => byName(cpuMsOfTrees),
    rssBytes: () => byName(rssBytesOfTrees),
    kill: (name, signal) => named(name).child.kill(signal),
    async restart(name) {
      const one = named(name);
      one.pid = await one.child.restart();
    },
    ended: () => started.flatMap(({ name, child }) => (child.exit() ? [`${name} ended ${child.exit()}`] : [])),
    stop,
  };
}

/** Runs a hook to its end and gives its standard output. An absent hook gives undefined. Throws `service.hook-failed`. */
export async function runHook(
  spec: ServiceSpec,
  hook: Hook,
  options: Pick<ServiceOptions, 'checkout' | 'parts' | 'env' | 'signal'> & { stdin?: string },
): Promise<string | undefined> {
  const command = spec.hooks[hook];
  if (!command) return undefined;
  const [program, ...args] = withRuntime(command);
  const child = spawn(program!, args, {
    cwd: options.checkout,
    env: environment(spec, options),
    stdio: 'pipe',
    signal: options.signal,
  });
  let out = '';
  let log = '';
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (log = (log + chunk).slice(-20_000)));
  child.stdin.on('error', () => {});
  child.stdin.end(options.stdin ?? '');
  const how = await new Promise<string | undefined>((resolve) => {
    child.on('error', (error) => resolve(`with ${error.message}`));
    child.on('close', (code, signal) =>
      resolve(code === 0 ? undefined : signal ? `by ${signal}` : `with exit code ${code}`),
    );
  });
  options.signal?.throwIfAborted();
  if (how) throw failures.hookFailed(hook, how, log || out);
  return out;
}
