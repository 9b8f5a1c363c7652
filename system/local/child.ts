// A child process of ours: own process group, own log file, readiness asked for, ended with us or by our next start.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { local } from './config.ts';
import { failures } from './failures.ts';
import { startTicks } from './proc.ts';

const READY_MS = 60_000;

export interface ChildOptions {
  name: string;
  command: string[];
  cwd: string;
  env: Record<string, string>;
  logFile: string;
  /** Runs as this user; only root may choose. */
  uid?: number;
  /** Answers when the child can be used; asked again and again until it does. */
  ready: () => Promise<unknown>;
  stopSignal?: NodeJS.Signals;
  /** After this long a stop becomes a SIGKILL. */
  stopMs?: number;
  signal?: AbortSignal;
}

export interface Child {
  pid: number;
  logFile: string;
  /** Undefined while it runs. */
  exit(): string | undefined;
  kill(signal: NodeJS.Signals): void;
  /** Ends the whole process group and waits for it. */
  stop(): Promise<void>;
  /** Starts the same command again, with its data and its port, after it has ended. Gives the new process id when it is ready. */
  restart(): Promise<number>;
}

/** Starts a child and waits until it is ready. Throws `start.exited` or `start.not-ready` with its last lines, and leaves nothing running. */
export async function startChild(options: ChildOptions): Promise<Child> {
  options.signal?.throwIfAborted();
  mkdirSync(dirname(options.logFile), { recursive: true });
  let life = begin(options);
  await readyOrEnded(options, life);
  return {
    pid: life.pid,
    logFile: options.logFile,
    exit: () => life.how,
    kill: (signal) => toGroup(life.pid, signal),
    stop: () => end(options, life),
    async restart() {
      await end(options, life);
      life = begin(options);
      await readyOrEnded(options, life);
      return life.pid;
    },
  };
}

/** One process from its start to its end. */
interface Life {
  process: ChildProcess;
  pid: number;
  /** How it ended; undefined while it runs. */
  how: string | undefined;
}

function begin(options: ChildOptions): Life {
  const [program, ...args] = options.command;
  const log = openSync(options.logFile, 'a');
  const process_ = spawn(program!, args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['ignore', log, log],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  closeSync(log);
  const life: Life = { process: process_, pid: process_.pid ?? 0, how: undefined };
  process_.on('error', (error) => (life.how = `with ${error.message}`));
  process_.on('exit', (code, signal) => (life.how = signal ? `by ${signal}` : `with exit code ${code}`));
  if (process_.pid) mark(process_.pid);
  return life;
}

async function readyOrEnded(options: ChildOptions, life: Life): Promise<void> {
  try {
    const deadline = performance.now() + READY_MS;
    for (;;) {
      options.signal?.throwIfAborted();
      if (life.how !== undefined)
        throw failures.exited(options.name, life.how, await readFile(options.logFile, 'utf8'));
      const isReady = await options.ready().then(
        () => true,
        () => false,
      );
      if (isReady && life.how === undefined) return;
      if (performance.now() > deadline)
        throw failures.notReady(options.name, READY_MS, await readFile(options.logFile, 'utf8'));
      await sleep(50);
    }
  } catch (error) {
    await end(options, life);
    throw error;
  }
}

async function end(options: ChildOptions, life: Life): Promise<void> {
  const { pid } = life;
  if (life.how === undefined && pid > 0) {
    const ended = new Promise<void>((resolve) => life.process.once('exit', () => resolve()));
    // PostgreSQL's own processes must not get the signal that its parent forwards in its own way.
    life.process.kill(options.stopSignal ?? 'SIGTERM');
    const timer = setTimeout(() => toGroup(pid, 'SIGKILL'), options.stopMs ?? 15_000);
    if (life.how === undefined) await ended;
    clearTimeout(timer);
  }
  toGroup(pid, 'SIGKILL');
  unmark(pid);
}

function toGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    if (pid > 0) process.kill(-pid, signal);
  } catch {
    // The group has ended already.
  }
}

// A crash of ours leaves children behind. Each start writes a mark (owner and child, with their start times, since
// numbers are used again), so that the next start ends those whose owner is gone, and only those.
const marksDir = join(local.cacheDir, 'children');
const markFile = (pid: number) => join(marksDir, `${pid}.json`);

function mark(pid: number): void {
  mkdirSync(marksDir, { recursive: true });
  const record = { owner: process.pid, ownerStart: startTicks(process.pid), child: pid, childStart: startTicks(pid) };
  writeFileSync(markFile(pid), JSON.stringify(record));
}

function unmark(pid: number): void {
  rmSync(markFile(pid), { force: true });
}

/** Ends the children of earlier runs of ours that crashed and waits until they are gone. Gives how many there were. */
export async function endOrphans(): Promise<number> {
  const ended: { pid: number; start: number }[] = [];
  mkdirSync(marksDir, { recursive: true });
  for (const file of readdirSync(marksDir)) {
    const record = parse(join(marksDir, file));
    // Without a record its owner has ended it meanwhile.
    if (!record || startTicks(record.owner) === record.ownerStart) continue;
    if (record.childStart !== undefined && startTicks(record.child) === record.childStart) {
      try {
        process.kill(-record.child, 'SIGKILL');
        ended.push({ pid: record.child, start: record.childStart });
      } catch {
        // It ended meanwhile.
      }
    }
    rmSync(join(marksDir, file), { force: true });
  }
  while (ended.some(({ pid, start }) => startTicks(pid) === start)) await sleep(10);
  return ended.length;
}

function parse(file: string): { owner: number; ownerStart?: number; child: number; childStart?: number } | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
