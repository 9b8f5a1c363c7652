// An arm of the gate: a checkout, parts of its own, the data set in them, and the headers of the plan's identities.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { Failure } from '../../cli/failure.ts';
import type { Progress } from '../../cli/progress.ts';
import { seedService } from '../../loadtests/run/seed.ts';
import { headersOf } from '../../loadtests/run/system.ts';
import type { Seed } from '../../loadtests/workload/workload.ts';
import type { PartName } from '../../system/local/part.ts';
import { type Parts, startParts } from '../../system/local/parts.ts';
import { type Running, runHook, startService } from '../../system/local/service.ts';
import type { ServiceSpec } from '../../system/local/service-spec.ts';
import { telling } from './allocation/read.ts';
import { LOG_LINES } from './defaults.ts';
import { failures } from './failures.ts';
import { joinEnvironment } from './plant/environment.ts';

export interface Arm {
  name: 'base' | 'head';
  parts: Parts;
  /** Headers of each identity of the plan, in the same order. */
  headers: Record<string, string>[];
  /** One start of the arm's processes, ready for load. `dir` takes their logs, and tells what they allocated (allocation/read.ts). */
  start(dir: string, added?: AddedEnv): Promise<Running>;
}

/** Environment of one start, added to that of the service file and of the arm. */
export interface AddedEnv {
  /** For every process. */
  env?: Record<string, string>;
  /** For the target process alone. */
  targetEnv?: Record<string, string>;
}

export interface ArmOptions {
  name: 'base' | 'head';
  /** Commit of the base, for messages. */
  commit: string;
  checkout: string;
  spec: ServiceSpec;
  seed: Seed;
  /** For the target process of this arm alone: a planted slowdown. */
  targetEnv?: Record<string, string>;
  /** Data and logs of the arm's parts. */
  dir: string;
  progress: Progress;
  signal: AbortSignal;
}

/**
 * Installs what a base checkout needs to run, with the checkout's own bootstrap. Throws `base.not-ready` when this commit
 * is older than the parts that the gate needs.
 */
export async function installBase(
  checkout: string,
  commit: string,
  spec: ServiceSpec,
  signal: AbortSignal,
): Promise<void> {
  const needed = ['bootstrap.mjs', ...spec.processes.flatMap(({ command: [, file] }) => file ?? [])];
  for (const file of needed) {
    if (/\.[cm]?[jt]s$/.test(file) && !existsSync(path.join(checkout, file))) {
      throw failures.baseNotReady(commit, `it has no ${file}`);
    }
  }
  await promisify(execFile)(process.execPath, ['bootstrap.mjs', '--install-only'], { cwd: checkout, signal }).catch(
    (error: Error & { stderr?: string }) => {
      signal.throwIfAborted();
      throw failures.baseNotReady(commit, lastLines(error.stderr || error.message));
    },
  );
}

/**
 * Makes an arm ready: parts of its own (never those of the environment, because two arms must not share), schema, identities,
 * and the data set through the front door. What it has started ends with `parts.stop()`; on failure nothing stays running.
 */
export async function openArm(options: ArmOptions): Promise<Arm> {
  const { name, checkout, spec, signal, progress } = options;
  const names = Object.keys(spec.parts) as PartName[];
  const parts = await startParts(names, { dir: options.dir, progress, signal, ignoreEnvironment: true });
  try {
    const start = (dir: string, { env = {}, targetEnv = {} }: AddedEnv = {}) => {
      const target = telling(dir, joinEnvironment(options.targetEnv ?? {}, targetEnv));
      return startService(spec, { checkout, parts, dir, signal, env, targetEnv: target });
    };
    await runHook(spec, 'prepare', { checkout, parts, signal });
    const headers = await headersOf(spec, options.seed.identities, { checkout, parts, signal });
    const running = await start(path.join(options.dir, 'seeding'));
    try {
      await seedService(running.baseUrl, headers, options.seed.calls, {
        signal,
        onProgress: (done, planned) => progress.tick(`${name}: seeding ${done} of ${planned}`),
      });
    } finally {
      await running.stop();
    }
    const orSay = (error: unknown) => Promise.reject(named(options, error));
    return { name, parts, headers, start: (dir, added) => start(dir, added).catch(orSay) };
  } catch (error) {
    await parts.stop();
    throw named(options, error);
  }
}

/** Says which arm it was, because the remedy differs. */
function named({ name, commit, signal }: ArmOptions, error: unknown): unknown {
  signal.throwIfAborted();
  if (!(error instanceof Failure)) return error;
  return name === 'base' ? failures.baseNotStarted(commit, error.message) : failures.headNotStarted(error.message);
}

const lastLines = (text: string) => text.trim().split('\n').slice(-LOG_LINES).join('\n');
