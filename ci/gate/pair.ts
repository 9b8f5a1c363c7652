// One pair: one start of both arms, the same plan carried out by both at the same time, both ended again.
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Limits } from '../../loadtests/workload/limits.ts';
import type { Plan } from '../../loadtests/workload/plan.ts';
import type { Running } from '../../system/local/service.ts';
import type { Arm } from './arms.ts';
import { isFailing } from './decide.ts';
import { PAIR, STALLS } from './defaults.ts';
import { latencyFigures } from './latency.ts';
import type { Pair } from './metrics.ts';
import type { ArmName } from './stalls.ts';
import { carryOutTurn, type Turn, type TurnOptions } from './turn.ts';

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
  arms: Record<ArmName, Arm>;
  /** The same for both arms; taking turns, each has its own. */
  plan: Plan | Record<ArmName, Plan>;
  k6: string;
  limits: Limits;
  dir: string;
  signal: AbortSignal;
  /** How much later the second arm begins; PAIR.staggerMs when it is left out. */
  staggerMs?: number;
  lag?: TurnOptions['lag'] | undefined;
  onProgress(done: number, planned: number): void;
}

/** Carries out one pair. Whatever happens, both arms' processes have ended when it returns or throws. */
export async function carryOutPair(options: PairOptions): Promise<PairTurns> {
  const { index } = options;
  const { base, head, order, seed } = await carryOutTurns(options);
  const { stalls, ...latency } = latencyFigures({ base: base.samples, head: head.samples });
  const invalid = [...base.invalid.map((why) => `base: ${why}`), ...head.invalid.map((why) => `head: ${why}`)];
  const pair: Pair = {
    index,
    seed,
    startedFirst: order[0],
    base: { ...base.counted, ...latency.base },
    head: { ...head.counted, ...latency.head },
    stalls: { windows: stalls.windows, of: stalls.of },
  };
  if (isFailing(pair.base)) invalid.push(`base failed ${pair.base.errors} of ${pair.base.planned} requests`);
  if (stalls.windows > stalls.of * STALLS.mostLeftOut) {
    invalid.push(`the machine stood still for both arms in ${stalls.windows} of ${stalls.of} windows of time`);
  }
  return { pair, base, head, invalid };
}

/** One start of both arms, a plan carried out by each at the same time. */
export async function carryOutTurns(
  options: PairOptions,
): Promise<Record<ArmName, Turn> & { order: readonly [ArmName, ArmName]; seed: number }> {
  const { index, arms, signal } = options;
  const plans = 'arrivals' in options.plan ? { base: options.plan, head: options.plan } : options.plan;
  const order = index % 2 === 0 ? (['base', 'head'] as const) : (['head', 'base'] as const);
  const dirOf = (name: ArmName) => path.join(options.dir, name);
  const running: Partial<Record<ArmName, Running>> = {};
  try {
    const starts = await Promise.allSettled(
      order.map(async (name) => {
        running[name] = await arms[name].start(dirOf(name));
      }),
    );
    const notStarted = starts.find((one) => one.status === 'rejected');
    if (notStarted) throw notStarted.reason;
    // Two engines at once: when the first has failed, the other one must not go on alone.
    const failed = new AbortController();
    const both = AbortSignal.any([signal, failed.signal]);
    const turn = async (name: ArmName) => {
      const laterMs = name === order[0] ? 0 : (options.staggerMs ?? PAIR.staggerMs);
      if (laterMs > 0) await delay(laterMs, undefined, { signal: both }).catch(() => {});
      return carryOutTurn(arms[name], running[name]!, plans[name], {
        k6: options.k6,
        limits: options.limits,
        dir: dirOf(name),
        signal: both,
        ...(options.lag && { lag: options.lag }),
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
    return { base, head, order, seed: plans.base.seed };
  } finally {
    await Promise.all(Object.values(running).map((one) => one.stop()));
  }
}
