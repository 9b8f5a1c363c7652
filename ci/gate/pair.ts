// One pair: one start of both arms, the same plan carried out by both at the same time, both ended again.
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Limits } from '../../loadtests/workload/limits.ts';
import type { Plan } from '../../loadtests/workload/plan.ts';
import type { Running } from '../../system/local/service.ts';
import type { Arm } from './arms.ts';
import { isFailing } from './decide.ts';
import { PAIR } from './defaults.ts';
import type { Pair } from './metrics.ts';
import { carryOutTurn, type Turn } from './turn.ts';

export interface PairTurns {
  pair: Pair;
  base: Turn;
  head: Turn;
  /** Why it cannot be trusted, each with its arm; empty when it can. */
  invalid: string[];
}

export interface PairOptions {
  /** Counts the pairs of the gate from 0; odd pairs start head first. */
  index: number;
  arms: { base: Arm; head: Arm };
  plan: Plan;
  k6: string;
  limits: Limits;
  dir: string;
  signal: AbortSignal;
  onProgress(done: number, planned: number): void;
}

/** Carries out one pair. Whatever happens, both arms' processes have ended when it returns or throws. */
export async function carryOutPair(options: PairOptions): Promise<PairTurns> {
  const { index, arms, plan, signal } = options;
  const order = index % 2 === 0 ? (['base', 'head'] as const) : (['head', 'base'] as const);
  const running: Partial<Record<'base' | 'head', Running>> = {};
  try {
    const starts = await Promise.allSettled(
      order.map(async (name) => {
        running[name] = await arms[name].start(path.join(options.dir, name));
      }),
    );
    const notStarted = starts.find((one) => one.status === 'rejected');
    if (notStarted) throw notStarted.reason;
    // Two engines at once: when the first has failed, the other one must not go on alone.
    const failed = new AbortController();
    const both = AbortSignal.any([signal, failed.signal]);
    const turn = async (name: 'base' | 'head') => {
      if (name !== order[0]) await delay(PAIR.staggerMs, undefined, { signal: both }).catch(() => {});
      return carryOutTurn(arms[name], running[name]!, plan, {
        k6: options.k6,
        limits: options.limits,
        dir: path.join(options.dir, name),
        signal: both,
        ...(name === 'head' && { onProgress: options.onProgress }),
      }).catch((error) => {
        failed.abort(error);
        throw error;
      });
    };
    const settled = await Promise.allSettled([turn('base'), turn('head')]);
    signal.throwIfAborted();
    if (failed.signal.aborted) throw failed.signal.reason;
    const [base, head] = settled.map((one) => (one as PromiseFulfilledResult<Turn>).value) as [Turn, Turn];
    const invalid = [...base.invalid.map((why) => `base: ${why}`), ...head.invalid.map((why) => `head: ${why}`)];
    if (isFailing(base.figures)) invalid.push(`base failed ${base.figures.errors} of ${base.figures.planned} requests`);
    const pair = { index, seed: plan.seed, startedFirst: order[0], base: base.figures, head: head.figures };
    return { pair, base, head, invalid };
  } finally {
    await Promise.all(Object.values(running).map((one) => one.stop()));
  }
}
