// One arm carries out one plan on one start of its processes: a running service in, raw requests and counted figures out.
import { acknowledgedIn } from '../../loadtests/probes/audit.ts';
import { type Lag, startLagProbe } from '../../loadtests/probes/lag.ts';
import { type Carried, type CarryOptions, carryOut } from '../../loadtests/run/engine.ts';
import { type Folded, fold } from '../../loadtests/run/fold.ts';
import { watchOthers } from '../../loadtests/run/others.ts';
import { readSamples, type Sample } from '../../loadtests/run/samples.ts';
import type { Acknowledged } from '../../loadtests/run/send.ts';
import { judge } from '../../loadtests/run/validity.ts';
import type { Limits } from '../../loadtests/workload/limits.ts';
import type { Plan } from '../../loadtests/workload/plan.ts';
import type { Probe } from '../../loadtests/workload/workload.ts';
import type { Running } from '../../system/local/service.ts';
import { readAllocatedBytes } from './allocation/read.ts';
import type { Arm } from './arms.ts';
import { type Clocks, clockJump } from './clock.ts';
import { LAG_PROBES_PER_SECOND } from './defaults.ts';
import type { Latency } from './latency.ts';
import type { ArmTurn } from './metrics.ts';
import type { TurnSamples } from './stalls.ts';

/** Linux counts the CPU of a process in these. */
const CLOCK_TICK_MS = 10;

export interface Turn {
  /** The measured requests; what they say of latency depends on the other arm too (latency.ts). */
  samples: TurnSamples;
  /** What was counted: everything of an ArmTurn but the latency. */
  counted: Omit<ArmTurn, keyof Latency>;
  folded: Folded;
  /** Commands that were answered with a success, warm-up and probes included. */
  acknowledged: Acknowledged[];
  /** Why the measurement cannot be trusted; empty when it can. */
  invalid: string[];
  /** Processes of the arm that ended by themselves: the build's doing, seen in its errors. */
  ended: string[];
}

export interface TurnOptions {
  k6: string;
  /** For the plan, the samples and the generator's log; the same that the service was started with. */
  dir: string;
  limits: Limits;
  signal: AbortSignal;
  /** Nothing else of ours runs beside it: then a machine that is busy with others makes the turn INVALID. */
  isAlone?: boolean;
  /** Probes of the projection lag beside the load: the n-th, from `firstN` on, each used once. */
  lag?: { probe(n: number): Probe; firstN: number };
  onProgress?: CarryOptions['onProgress'];
}

/** Carries out the plan. Throws only when aborted or when the engine cannot be started. */
export async function carryOutTurn(arm: Arm, running: Running, plan: Plan, options: TurnOptions): Promise<Turn> {
  const { signal } = options;
  let warm: Promise<Reading> | undefined;
  let probing: ReturnType<typeof startLagProbe> | undefined;
  const others = options.isAlone ? watchOthers(running.cpuMs) : undefined;
  const clocksBefore = readClocks();
  let carried: Carried;
  let end: Reading;
  let lag: Lag | undefined;
  try {
    carried = await carryOut(plan, {
      baseUrl: running.baseUrl,
      headers: arm.headers,
      k6: options.k6,
      dir: options.dir,
      timeoutMs: options.limits.timeoutMs,
      signal,
      onWarm: () => {
        warm = readUsed(running, options.dir);
        if (!options.lag) return;
        const target = { baseUrl: running.baseUrl, headers: arm.headers, signal };
        probing = startLagProbe({ ...target, ...options.lag, perSecond: LAG_PROBES_PER_SECOND });
      },
      ...(options.onProgress && { onProgress: options.onProgress }),
    });
    end = await readUsed(running, options.dir);
  } finally {
    lag = await probing?.stop();
  }
  if (others) carried.generator.othersCpuShare = others(carried.generator);
  const turn = await foldTurn(plan, carried, options.limits, { warm: await warm, end });
  const jump = clockJump(clocksBefore, readClocks());
  return {
    ...turn,
    counted: { ...turn.counted, lagP50Ms: medianLag(lag) },
    acknowledged: [
      ...(await acknowledgedIn(plan, readSamples(carried.samplesFile, plan))),
      ...(lag?.acknowledged ?? []),
    ],
    invalid: jump === undefined ? turn.invalid : [...turn.invalid, jump],
    ended: running.ended(),
  };
}

/** What the processes had used at one moment. */
export interface Reading {
  cpuMs: Record<string, number>;
  allocatedBytes: number | null;
}

async function readUsed(running: Running, dir: string): Promise<Reading> {
  const cpuMs = running.cpuMs();
  return { cpuMs, allocatedBytes: await readAllocatedBytes(dir) };
}

const readClocks = (): Clocks => ({ wall: Date.now(), monotonic: performance.now() });

/** Null without probes, or when half of them never saw what they wrote. */
function medianLag(lag: Lag | undefined): number | null {
  const ms = lag?.lag.quantile(0.5);
  return ms !== undefined && Number.isFinite(ms) ? ms : null;
}

/**
 * Figures of what an engine carried out. CPU and allocation are counted from the end of the warm-up to the end of the plan and divided by
 * the requests that were answered in between.
 * @param used at the end of the warm-up, undefined when the engine never came so far, and at the end of the plan
 */
export async function foldTurn(
  plan: Plan,
  carried: Carried,
  limits: Limits,
  used: { warm: Reading | undefined; end: Reading },
): Promise<Pick<Turn, 'samples' | 'counted' | 'folded' | 'invalid'>> {
  const measured: Sample[] = [];
  const folded = await fold(plan, keeping(measured, readSamples(carried.samplesFile, plan)));
  const { total } = folded;
  const invalid = judge(folded, carried.generator, limits).reasons.map((reason) => reason.message);
  const { warm, end } = used;
  if (!warm) invalid.push('the load ended before its warm-up was over');
  const cpuMs = (ofParts: boolean) =>
    Object.entries(end.cpuMs)
      .filter(([name]) => name.startsWith('part:') === ofParts)
      .reduce((sum, [name, ms]) => sum + ms - (warm?.cpuMs[name] ?? 0), 0);
  const answered = Math.max(1, total.answered);
  // One clock tick at least: no CPU at all is a reading too coarse, and has no logarithm.
  const perRequest = (ms: number) => Math.max(ms, CLOCK_TICK_MS) / answered;
  const isTold = typeof warm?.allocatedBytes === 'number' && end.allocatedBytes !== null;
  return {
    samples: {
      startedAtMs: carried.startedAtMs ?? 0,
      timeoutMs: limits.timeoutMs,
      planned: total.planned,
      samples: measured.map(({ index, step, plannedMs, startMs, serviceMs, status }) => ({
        index,
        step,
        plannedMs,
        startMs,
        serviceMs,
        status,
      })),
    },
    folded,
    invalid,
    counted: {
      planned: total.planned,
      answered: total.answered,
      errors: total.errors,
      cpuMsPerRequest: perRequest(cpuMs(false)),
      partsCpuMsPerRequest: perRequest(cpuMs(true)),
      allocatedBytesPerRequest: isTold ? (end.allocatedBytes! - warm!.allocatedBytes!) / answered : null,
      lagP50Ms: null,
    },
  };
}

/** Passes samples on and keeps those after the warm-up. */
async function* keeping(kept: Sample[], samples: AsyncIterable<Sample>): AsyncGenerator<Sample> {
  for await (const sample of samples) {
    if (!sample.warmUp) kept.push(sample);
    yield sample;
  }
}
