// Starts a system under test from its service.yaml in a given checkout, on given parts; runs its hooks; counts its CPU; ends it.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { type Child, startChild } from './child.ts';
import { local } from './config.ts';
import { failures } from './failures.ts';
import type { PartName } from './part.ts';
import type { Parts } from './parts.ts';
import { freePort } from './ports.ts';
import { cpuMsOfTrees } from './proc.ts';
import type { Hook, ServiceSpec } from './service-spec.ts';

export interface ServiceOptions {
  /** The tree whose code runs; commands of the specification are relative to it. */
  checkout: string;
  parts: Pick<Parts, 'urls' | 'list'>;
  /** Added for every process. */
  env?: Record<string, string>;
  /** Added for the target process alone. */
  targetEnv?: Record<string, string>;
  /** Fixed ports by process name, instead of free ones. */
  ports?: Record<string, number>;
  /** Where log files go. */
  dir: string;
  signal?: AbortSignal;
}

export interface Running {
  /** Where the load goes: `http://127.0.0.1:PORT`. */
  baseUrl: string;
  processes: { name: string; pid: number; port: number; target: boolean }[];
  /** CPU so far in ms (user and system), by process name, and by `part:NAME` for the parts that we started. */
  cpuMs(): Record<string, number>;
  kill(name: string, signal: NodeJS.Signals): void;
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

/** Starts every process of the service and waits until each is ready. On failure nothing stays running. */
export async function startService(spec: ServiceSpec, options: ServiceOptions): Promise<Running> {
  const base = environment(spec, options);
  const settled = await Promise.allSettled(
    spec.processes.map(async (process_) => {
      const port = await freePort(options.ports?.[process_.name], `${spec.name} ${process_.name}`);
      const child = await startChild({
        name: `${spec.name} ${process_.name}`,
        command: withRuntime(process_.command),
        cwd: options.checkout,
        env: { ...base, ...process_.env, ...(process_.target ? options.targetEnv : {}), [process_.port]: String(port) },
        logFile: join(options.dir, `${process_.name}.log`),
        ready: async () => {
          const answer = await fetch(`http://127.0.0.1:${port}${process_.ready}`, {
            signal: AbortSignal.timeout(1000),
          });
          await answer.arrayBuffer();
          if (!answer.ok) throw new Error(`${process_.ready} answered ${answer.status}`);
        },
        signal: options.signal,
      });
      return { spec: process_, child, port };
    }),
  );
  const started = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const stop = async () => {
    await Promise.all(started.map(({ child }) => child.stop()));
  };
  const failed = settled.find((one) => one.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  const target = started.find((one) => one.spec.target)!;
  const counted: [string, number][] = [
    ...started.map(({ spec: { name }, child }): [string, number] => [name, child.pid]),
    ...options.parts.list.flatMap((part): [string, number][] => (part.pid ? [[`part:${part.name}`, part.pid]] : [])),
  ];
  return {
    baseUrl: `http://127.0.0.1:${target.port}`,
    processes: started.map((one) => ({
      name: one.spec.name,
      pid: one.child.pid,
      port: one.port,
      target: one.spec.target,
    })),
    cpuMs() {
      const sums = cpuMsOfTrees(counted.map(([, pid]) => pid));
      return Object.fromEntries(counted.map(([name, pid]) => [name, sums.get(pid) ?? 0]));
    },
    kill: (name, signal) => childNamed(started, name).kill(signal),
    ended: () =>
      started.flatMap(({ spec: { name }, child }) => (child.exit() ? [`${name} ended ${child.exit()}`] : [])),
    stop,
  };
}

function childNamed(started: { spec: { name: string }; child: Child }[], name: string): Child {
  const found = started.find((one) => one.spec.name === name);
  if (!found) throw new Error(`the service has no process "${name}"`);
  return found.child;
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
