// One arm carries out one plan on one start of its processes: a running service in, figures and raw response times out.
import { type Carried, type CarryOptions, carryOut } from '../../loadtests/run/engine.ts';
import { type Folded, fold } from '../../loadtests/run/fold.ts';
import { watchOthers } from '../../loadtests/run/others.ts';
import { readSamples, type Sample } from '../../loadtests/run/samples.ts';
import { judge } from '../../loadtests/run/validity.ts';
import type { Limits } from '../../loadtests/workload/limits.ts';
import type { Plan } from '../../loadtests/workload/plan.ts';
import type { Running } from '../../system/local/service.ts';
import type { Arm } from './arms.ts';
import { harrellDavis } from './harrell-davis.ts';
import type { ArmTurn } from './metrics.ts';

/** Linux counts the CPU of a process in these. */
const CLOCK_TICK_MS = 10;

export interface Turn {
  figures: ArmTurn;
  /** Response times in ms, ascending; a request without an answer is there as the time-out. */
  responseMs: number[];
  folded: Folded;
  /** Why the measurement cannot be trusted; empty when it can. */
  invalid: string[];
  /** Processes of the arm that ended by themselves: the build's doing, seen in its errors. */
  ended: string[];
}

export interface TurnOptions {
  k6: string;
  dir: string;
  limits: Limits;
  signal: AbortSignal;
  /** Nothing else of ours runs beside it: then a machine that is busy with others makes the turn INVALID. */
  isAlone?: boolean;
  onProgress?: CarryOptions['onProgress'];
}

/** Carries out the plan. Throws only when aborted or when the engine cannot be started. */
export async function carryOutTurn(arm: Arm, running: Running, plan: Plan, options: TurnOptions): Promise<Turn> {
  let warm: Record<string, number> | undefined;
  const others = options.isAlone ? watchOthers(running.cpuMs) : undefined;
  const carried = await carryOut(plan, {
    baseUrl: running.baseUrl,
    headers: arm.headers,
    k6: options.k6,
    dir: options.dir,
    timeoutMs: options.limits.timeoutMs,
    signal: options.signal,
    onWarm: () => {
      warm = running.cpuMs();
    },
    ...(options.onProgress && { onProgress: options.onProgress }),
  });
  const end = running.cpuMs();
  if (others) carried.generator.othersCpuShare = others(carried.generator);
  const ended = running.ended();
  return { ...(await foldTurn(plan, carried, options.limits, { warm, end })), ended };
}

export interface CpuReadings {
  /** When the warm-up was over; undefined when the engine never came so far. */
  warm: Record<string, number> | undefined;
  end: Record<string, number>;
}

/**
 * Figures of what an engine carried out. CPU is counted from the end of the warm-up to the end of the plan and divided by
 * the requests that were answered in between.
 */
export async function foldTurn(
  plan: Plan,
  carried: Carried,
  limits: Limits,
  cpu: CpuReadings,
): Promise<Omit<Turn, 'ended'>> {
  const times = censoredTimes(limits.timeoutMs);
  const folded = await fold(plan, times.pass(readSamples(carried.samplesFile, plan)));
  const sorted = times.close(folded.total.planned);
  const validity = judge(folded, carried.generator, limits);
  const invalid = validity.reasons.map((reason) => reason.message);
  if (!cpu.warm) invalid.push('the load ended before its warm-up was over');
  const used = (ofParts: boolean) =>
    Object.entries(cpu.end)
      .filter(([name]) => name.startsWith('part:') === ofParts)
      .reduce((sum, [name, ms]) => sum + ms - (cpu.warm?.[name] ?? 0), 0);
  // One clock tick at least: no CPU at all is a reading too coarse, and has no logarithm.
  const perRequest = (ms: number) => Math.max(ms, CLOCK_TICK_MS) / Math.max(1, folded.total.answered);
  const { response, service } = sorted;
  const quantile = (values: number[], p: number) => (values.length === 0 ? Number.NaN : harrellDavis(values, p));
  return {
    responseMs: response,
    folded,
    invalid,
    figures: {
      planned: folded.total.planned,
      answered: folded.total.answered,
      errors: folded.total.errors,
      responseP50Ms: quantile(response, 0.5),
      responseP95Ms: quantile(response, 0.95),
      responseP99Ms: quantile(response, 0.99),
      serviceP95Ms: quantile(service, 0.95),
      cpuMsPerRequest: perRequest(used(false)),
      partsCpuMsPerRequest: perRequest(used(true)),
    },
  };
}

/** Keeps the times of the samples that pass by, a request without an answer as the time-out (a censored value). */
function censoredTimes(timeoutMs: number) {
  const response: number[] = [];
  const service: number[] = [];
  return {
    async *pass(samples: AsyncIterable<Sample>): AsyncGenerator<Sample> {
      for await (const sample of samples) {
        if (!sample.warmUp) {
          const isAnswered = sample.status !== 0;
          response.push(isAnswered ? Math.max(0, sample.responseMs) : Math.max(timeoutMs, sample.responseMs));
          service.push(isAnswered ? sample.serviceMs : timeoutMs);
        }
        yield sample;
      }
    },
    /** Adds the requests that were planned and never sent, and sorts. */
    close(planned: number) {
      while (response.length < planned) response.push(timeoutMs);
      const ascending = (a: number, b: number) => a - b;
      return { response: response.sort(ascending), service: service.sort(ascending) };
    },
  };
}
