// Counters first: the same replay on both arms at once, and what certainly differs.
import path from 'node:path';
import { Failure } from '../../cli/failure.ts';
import type { Progress } from '../../cli/progress.ts';
import type { ModelBase, Workload } from '../../loadtests/workload/workload.ts';
import type { ServiceSpec } from '../../system/local/service-spec.ts';
import { compareCounters } from './compare.ts';
import { type CountableArm, countArm } from './count-arm.ts';
import { CALLS_PER_STEP, DRAWN_MS, PASSES, REPLAY_SEED } from './defaults.ts';
import { failures } from './failures.ts';
import { type ScriptCall, scriptOf } from './replay.ts';
import type { Counted } from './result.ts';

export interface CountArmsOptions {
  spec: Pick<ServiceSpec, 'counters' | 'closedLoopEnv'>;
  workload: Pick<Workload, 'drawPlan'>;
  model: ModelBase;
  /** For the logs of the processes. */
  dir: string;
  progress: Progress;
  signal: AbortSignal;
}

/** Starts both arms, counts them and ends them. When one fails the other is given up: throws its Failure, or `counters.broken`. */
export async function countArms(
  arms: { base: CountableArm; head: CountableArm },
  { spec, workload, model, dir, progress, signal }: CountArmsOptions,
): Promise<Counted> {
  const scripts = scriptsOf(workload, model);
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  const count = (name: 'base' | 'head') =>
    countArm(arms[name], {
      spec,
      scripts,
      dir: path.join(dir, name),
      signal: both,
      ...(name === 'head' && {
        onProgress: (done: number, planned: number) => progress.tick(`counted call ${done} of ${planned}`),
      }),
    }).catch((error: Error) => {
      failed.abort(error instanceof Failure ? error : failures.broken(name, error.message));
      throw error;
    });
  const settled = await Promise.allSettled([count('base'), count('head')]);
  signal.throwIfAborted();
  if (failed.signal.aborted) throw failed.signal.reason;
  const [base, head] = settled.map(
    (one) => (one as PromiseFulfilledResult<Awaited<ReturnType<typeof countArm>>>).value,
  );
  return compareCounters(base!, head!);
}

/** The script of the warm-up and those of the counted passes: each from a plan of its own, so that every command is a new one. */
export function scriptsOf(workload: Pick<Workload, 'drawPlan'>, model: ModelBase): ScriptCall[][] {
  const drawn = (pass: number) =>
    workload.drawPlan(model, {
      ratePerSecond: model.averageRatePerSecond,
      durationMs: DRAWN_MS,
      warmUpMs: 0,
      seed: REPLAY_SEED + pass,
    });
  const first = drawn(0);
  const passes = Array.from({ length: PASSES }, (_, pass) => scriptOf(first, drawn(pass + 1), CALLS_PER_STEP));
  return [scriptOf(first, first, 1), ...passes];
}
