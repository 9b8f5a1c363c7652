// Carries out a plan with k6: writes the plan down, runs k6, tells of progress, and gives where the samples are.
import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rm, stat, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { cpuMsOfTrees } from '../../system/local/proc.ts';
import { DEFAULT_LIMITS } from '../workload/limits.ts';
import { packed } from '../workload/packed.ts';
import { type Plan, readLine, type Sent } from '../workload/plan.ts';
import { generatorEnv } from './config.ts';
import { failures } from './failures.ts';
import type { Generator } from './validity.ts';
import type { Stop, Watch } from './watch.ts';

export interface CarryOptions {
  /** `http://127.0.0.1:8080`, without a slash at the end. */
  baseUrl: string;
  /** Headers of each identity of the plan, in the same order. */
  headers: Record<string, string>[];
  /** Path of the k6 program. */
  k6: string;
  /** For the arrivals, the samples and the log; made when it is not there. */
  dir: string;
  /** Which entry of loadtests/k6 runs it. */
  scenario?: string;
  timeoutMs?: number;
  /** Connections of the pool; without it as many as `poolSize` says. */
  connections?: number;
  signal?: AbortSignal;
  onProgress?(done: number, planned: number): void;
  /** Called once, when the warm-up is over. */
  onWarm?(): void;
  /** Called with each record as it is read, in the order of the file, for the last ones before this function returns or throws. */
  onSent?(sent: Sent): void;
  /** The first one that has a reason ends the run early. */
  watches?: readonly Watch[];
}

export interface Carried {
  samplesFile: string;
  generator: Generator;
  /** Epoch ms of the plan's time zero; undefined when k6 never came so far. */
  startedAtMs?: number;
  /** Set when a watch has ended the run: only `cutPlan(plan, stopped.atMs)` was carried out, and the generator's exit code is 0. */
  stopped?: Stop;
}

const POLL_MS = 100;
/** A stall of this length must not leave the pool without a free connection. */
const STALL_SECONDS = 2;

/** Connections by Little's law, L = lambda W (Little 1961): enough for answers that take STALL_SECONDS. */
export function poolSize(ratePerSecond: number): number {
  return Math.min(400, Math.max(10, Math.ceil(ratePerSecond * STALL_SECONDS)));
}

/**
 * Runs the plan to its end. When `signal` aborts, k6 is ended and the abort reason is thrown; the samples so far stay.
 * A failing k6 is no error here: its exit code makes the run INVALID.
 */
export async function carryOut(plan: Plan, options: CarryOptions): Promise<Carried> {
  options.signal?.throwIfAborted();
  const { dir } = options;
  await mkdir(dir, { recursive: true });
  const samplesFile = path.join(dir, 'samples.csv');
  const headersFile = path.join(dir, 'headers.json');
  await rm(samplesFile, { force: true });
  const arrivalsFile = path.join(dir, 'arrivals.jsonl');
  await pipeline(packed(plan.arrivals), createWriteStream(arrivalsFile));
  // The headers hold tokens: only we may read them, and they go when the run ends.
  await writeFile(headersFile, JSON.stringify(options.headers), { mode: 0o600 });
  const log = await open(path.join(dir, 'generator.log'), 'w');
  try {
    return await run(plan, options, { samplesFile, headersFile, log: log.fd });
  } finally {
    await log.close();
    await rm(headersFile, { force: true });
  }
}

async function run(
  plan: Plan,
  options: CarryOptions,
  files: { samplesFile: string; headersFile: string; log: number },
): Promise<Carried> {
  const entry = path.join(import.meta.dirname, '..', 'k6', `${options.scenario ?? 'smoke'}.ts`);
  const quiet = ['--quiet', '--no-color', '--log-format', 'raw', '--console-output', files.samplesFile];
  const startedAt = performance.now();
  const child = spawn(options.k6, ['run', ...quiet, entry], {
    env: {
      ...generatorEnv,
      K6_NO_USAGE_REPORT: 'true',
      K6_AUTO_EXTENSION_RESOLUTION: 'false',
      LOAD_ARRIVALS: path.resolve(options.dir, 'arrivals.jsonl'),
      LOAD_HEADERS: path.resolve(files.headersFile),
      LOAD_BASE_URL: options.baseUrl,
      LOAD_VUS: String(options.connections ?? poolSize(plan.ratePerSecond)),
      LOAD_TIMEOUT_MS: String(options.timeoutMs ?? DEFAULT_LIMITS.timeoutMs),
    },
    stdio: ['ignore', files.log, files.log],
    detached: true,
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', (error) => reject(failures.engineMissing(options.k6, error.message)));
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGKILL' ? 137 : 143)));
  });
  ended.catch(() => {});
  const isOver = () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined;

  const tail: Tail = { bytes: 0, lines: 0, rest: '', startedAtMs: undefined };
  const onSent = (sent: Sent) => {
    if (sent.index >= plan.arrivals.length) return;
    options.onSent?.(sent);
    for (const watch of options.watches ?? []) watch.add(sent);
  };
  const readings: Reading[] = [{ cpuMs: 0, wallMs: 0 }];
  let zeroMs: number | undefined;
  let isWarm = false;
  let stopped: Stop | undefined;
  try {
    while (!isOver()) {
      options.signal?.throwIfAborted();
      // The last look before the end may be POLL_MS old, so CPU is set against the time of that look.
      const cpuMs = cpuMsOfTrees([child.pid!]).get(child.pid!) ?? 0;
      if (cpuMs > 0) readings.push({ cpuMs, wallMs: performance.now() - startedAt });
      await readOn(files.samplesFile, tail, onSent);
      options.onProgress?.(Math.max(0, tail.lines - 1), plan.arrivals.length);
      if (tail.startedAtMs !== undefined) {
        // From then on by a clock that nobody sets.
        zeroMs ??= performance.now() - (Date.now() - tail.startedAtMs);
        const nowMs = performance.now() - zeroMs;
        if (!isWarm && nowMs >= plan.warmUpMs) {
          isWarm = true;
          options.onWarm?.();
        }
        stopped = firstStop(options.watches, nowMs, recentShare(readings));
        if (stopped) break;
      }
      await Promise.race([delay(POLL_MS, undefined, { signal: options.signal }), ended]).catch(() => {});
    }
    options.signal?.throwIfAborted();
    if (stopped && !isOver()) process.kill(-child.pid!, 'SIGKILL');
    const exitCode = await ended;
    await readOn(files.samplesFile, tail, onSent);
    const { cpuMs, wallMs } = readings[readings.length - 1]!;
    const generator = { cpuMs, wallMs: wallMs || 1, exitCode: stopped ? 0 : exitCode, cores: availableParallelism() };
    return { samplesFile: files.samplesFile, generator, startedAtMs: tail.startedAtMs, ...(stopped && { stopped }) };
  } finally {
    if (!isOver()) {
      process.kill(-child.pid!, 'SIGKILL');
      await ended.catch(() => {});
      await readOn(files.samplesFile, tail, onSent);
    }
  }
}

/** CPU of the generator so far, and when it was read. */
interface Reading {
  cpuMs: number;
  wallMs: number;
}

/** Readings that `recentShare` looks back over. */
const RECENT = 5000 / POLL_MS;

/** Share of all cores that the generator had lately; keeps no more readings than it needs. */
function recentShare(readings: Reading[]): number {
  if (readings.length > RECENT) readings.splice(0, readings.length - RECENT);
  const [from, to] = [readings[0]!, readings[readings.length - 1]!];
  return (to.cpuMs - from.cpuMs) / Math.max(1, (to.wallMs - from.wallMs) * availableParallelism());
}

function firstStop(watches: readonly Watch[] = [], nowMs: number, cpuShare: number): Stop | undefined {
  for (const watch of watches) {
    const stop = watch.look(nowMs, cpuShare);
    if (stop) return stop;
  }
  return undefined;
}

interface Tail {
  bytes: number;
  lines: number;
  rest: string;
  startedAtMs: number | undefined;
}

/** Reads what k6 has written since the last time. */
async function readOn(file: string, tail: Tail, onSent: (sent: Sent) => void): Promise<void> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size <= tail.bytes) return;
  for await (const chunk of createReadStream(file, { start: tail.bytes, end: size - 1, encoding: 'utf8' })) {
    const lines = (tail.rest + chunk).split('\n');
    tail.rest = lines.pop()!;
    tail.lines += lines.length;
    for (const line of lines) {
      const record = readLine(line);
      if (record && 'start' in record) tail.startedAtMs ??= record.start;
      else if (record) onSent(record);
    }
  }
  tail.bytes = size;
}
