// Which windows of a pair's wall-clock time stood still for BOTH arms: the machine's doing, left out of both. Pure.

import { STALLS } from './defaults.ts';

/** One measured request. Times in ms from the plan's time zero. */
export interface Request {
  /** Index into the plan's arrivals: the same one in both arms. */
  index: number;
  step: string;
  plannedMs: number;
  startMs: number;
  /** From the start until the last byte of the answer, or until it was given up. */
  serviceMs: number;
  /** 0 = no answer. */
  status: number;
}

/** What one arm measured in one turn, warm-up left out. */
export interface TurnSamples {
  /** Epoch ms of the plan's time zero. */
  startedAtMs: number;
  timeoutMs: number;
  /** Measured arrivals of the plan; those without a request were never sent. */
  planned: number;
  samples: readonly Request[];
}

export type ArmName = 'base' | 'head';

/** From the planned start; a request without an answer counts as the time-out. */
export function responseMs({ plannedMs, startMs, serviceMs, status }: Request, timeoutMs: number): number {
  const waitedMs = Math.max(0, startMs - plannedMs + serviceMs);
  return status === 0 ? Math.max(timeoutMs, waitedMs) : waitedMs;
}

export interface Stalls {
  /** Whether a request of that arm was due in a window that both arms stood still in. */
  isLeftOut(arm: ArmName, request: Request): boolean;
  /** Windows left out, and all that both arms had requests in. */
  windows: number;
  of: number;
}

/**
 * A window stood still when the upper quartile of the response times of the requests due in it is STALLS.factor times its
 * median over the windows, in base AND in head. The rule does not know which arm is which, so equal builds stay equal; an
 * arm that stands still alone is never left out; and a factor on all of an arm's times changes nothing, since each arm is
 * held against its own median.
 */
export function stallsOf(pair: Record<ArmName, TurnSamples>): Stalls {
  const originMs = Math.max(pair.base.startedAtMs, pair.head.startedAtMs);
  const dueMs = (arm: ArmName, request: Request) => pair[arm].startedAtMs + request.plannedMs - originMs;
  const windowMs = Math.max(STALLS.windowMs, STALLS.minimumCount * spacingMs(pair.base.samples));
  const windowOf = (arm: ArmName, request: Request) => Math.floor(dueMs(arm, request) / windowMs);
  const slowness = (arm: ArmName): Map<number, number> => {
    const { samples, timeoutMs } = pair[arm];
    const windows = Map.groupBy(samples, (request) => windowOf(arm, request));
    const quartiles = [...windows].map(([window, requests]): [number, number] => {
      const times = requests.map((request) => responseMs(request, timeoutMs)).sort((a, b) => a - b);
      return [window, orderStatistic(times, 0.75)];
    });
    const sorted = quartiles.map(([, ms]) => ms).sort((a, b) => a - b);
    const typicalMs = sorted.length === 0 ? 1 : orderStatistic(sorted, 0.5);
    return new Map(quartiles.map(([window, ms]) => [window, ms / typicalMs]));
  };
  const [base, head] = [slowness('base'), slowness('head')];
  const shared = [...base.keys()].filter((window) => head.has(window));
  const still = new Set(shared.filter((window) => Math.min(base.get(window)!, head.get(window)!) > STALLS.factor));
  return {
    isLeftOut: (arm, request) => still.has(windowOf(arm, request)),
    windows: still.size,
    of: shared.length,
  };
}

/** Plain order statistic: whether a window is twice as slow as others is no question of interpolation. */
const orderStatistic = (sorted: readonly number[], p: number) => sorted[Math.floor(p * sorted.length)]!;

/** Mean distance between the planned starts, ms. */
function spacingMs(samples: readonly Request[]): number {
  if (samples.length < 2) return 0;
  const times = samples.map(({ plannedMs }) => plannedMs);
  return (Math.max(...times) - Math.min(...times)) / (times.length - 1);
}
