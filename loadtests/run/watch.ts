// Ends a run early when going on would only waste time: records of requests and the time in, a reason to stop out. Pure.
import { type Phase, type Plan, phasesOf, type Sent } from '../workload/plan.ts';
import type { Target } from './objectives.ts';
import { isError } from './samples.ts';

export interface Stop {
  /** The plan ends here: what was planned before had its chance, what comes behind is no part of the run. */
  atMs: number;
  code: 'rate.not-reached' | 'objective.missed';
  /** The generator could not go on (the run is INVALID), the target did not take more, or an objective cannot be met any more. */
  because: 'generator' | 'target' | 'objective';
  message: string;
}

export interface Watch {
  /** A request that has ended, in the order in which they end. */
  add(sent: Sent): void;
  /**
   * @param nowMs time since the start of the plan
   * @param generatorCpuShare of all cores, over the last seconds
   */
  look(nowMs: number, generatorCpuShare: number): Stop | undefined;
}

/** A request that starts so much later than planned is late: an idle machine stays under 2 ms. */
const LATE_MS = 500;
/** Late for so long without a break, and the offered rate is not reached. A stall of a second is over by then. */
const FOR_MS = 5000;

/**
 * Is the offered rate carried out? It is not when for FOR_MS no request was seen to start within LATE_MS of its planned
 * start, although one of them was seen to start later, or more of them were planned than connections can have under way.
 */
export function watchRate(
  plan: Plan,
  { connections, generatorCpuLimit }: { connections: number; generatorCpuLimit: number },
): Watch {
  let inTimeMs = 0;
  let lateSince: { queuedMs: number; ownMs: number } | undefined;
  return {
    add({ index, pickedMs, startMs }) {
      const plannedMs = plan.arrivals[index]!.atMs;
      if (startMs - plannedMs <= LATE_MS) {
        if (startMs > inTimeMs) {
          inTimeMs = startMs;
          lateSince = undefined;
        }
      } else if (startMs > inTimeMs) {
        const freeMs = Math.max(plannedMs, pickedMs);
        lateSince ??= { queuedMs: 0, ownMs: 0 };
        lateSince.queuedMs += freeMs - plannedMs;
        lateSince.ownMs += startMs - freeMs;
      }
    },
    look(nowMs, generatorCpuShare) {
      if (nowMs - inTimeMs < FOR_MS) return undefined;
      const due = countBefore(plan, nowMs - LATE_MS) - countBefore(plan, inTimeMs);
      if (due === 0 || (!lateSince && due <= connections)) return undefined;
      const isOwn = generatorCpuShare > generatorCpuLimit || (lateSince && lateSince.ownMs > lateSince.queuedMs);
      const why = isOwn ? 'the load generator did not keep up' : `the target kept all ${connections} connections busy`;
      const at = (inTimeMs / 1000).toFixed(1);
      return {
        atMs: nowMs - LATE_MS,
        code: 'rate.not-reached',
        because: isOwn ? 'generator' : 'target',
        message: `from ${at} s on no request could start within ${LATE_MS} ms of its planned time: ${why}; stopped at ${(nowMs / 1000).toFixed(1)} s`,
      };
    },
  };
}

/** Between the end of a request and our reading of its record; longer only makes a stop later, never wrong. */
const READING_MS = 500;

/**
 * Can every hold still meet its objectives? As soon as more requests of a hold were bad than its share allows of all that are
 * planned in it, it cannot: that is certain, not a guess. Bad for latency is also what has not been answered within the limit.
 */
export function watchObjectives(plan: Plan, objectives: readonly Target[]): Watch {
  const judged = objectives.filter(({ indicator }) => indicator !== 'availability');
  const holds = phasesOf(plan)
    .filter(({ kind }) => kind === 'hold')
    .map((phase) => ({
      phase,
      first: countBefore(plan, phase.fromMs),
      behind: countBefore(plan, phase.toMs),
      bad: judged.map(() => 0),
    }));
  const seen = new Uint8Array(plan.arrivals.length);
  const limitMs = (objective: Target) => (objective.thresholdSeconds ?? 0) * 1000;
  return {
    add({ index, startMs, serviceMs, status }) {
      seen[index] = 1;
      const hold = holds.find(({ first, behind }) => index >= first && index < behind);
      if (!hold) return;
      const responseMs = startMs - plan.arrivals[index]!.atMs + serviceMs;
      judged.forEach((objective, n) => {
        const isBad =
          objective.indicator === 'errors' ? isError(status) : status === 0 || responseMs > limitMs(objective);
        if (isBad) hold.bad[n]!++;
      });
    },
    look(nowMs) {
      for (const { phase, first, behind, bad } of holds) {
        if (phase.fromMs > nowMs) break;
        for (const [n, objective] of judged.entries()) {
          const planned = behind - first;
          const overdueMs = limitMs(objective) + READING_MS;
          const overdue = objective.indicator === 'latency' ? unseen(first, behind, nowMs - overdueMs) : 0;
          const count = bad[n]! + overdue;
          if (count > planned * (1 - objective.target))
            return missed(phase, objective, count, planned, nowMs - overdueMs);
        }
      }
      return undefined;
    },
  };

  function unseen(first: number, behind: number, beforeMs: number): number {
    let count = 0;
    for (let index = first; index < behind && plan.arrivals[index]!.atMs < beforeMs; index++) if (!seen[index]) count++;
    return count;
  }
}

function missed(phase: Phase, objective: Target, bad: number, planned: number, atMs: number): Stop {
  const name = objective.displayName ?? objective.name;
  return {
    atMs: Math.min(Math.max(atMs, phase.fromMs), phase.toMs),
    code: 'objective.missed',
    because: 'objective',
    message: `"${phase.name}" cannot meet "${name}" any more: ${bad} of its ${planned} requests were bad, allowed are ${((1 - objective.target) * 100).toFixed(1)} %`,
  };
}

/** Arrivals planned before a moment. */
function countBefore({ arrivals }: Plan, atMs: number): number {
  let low = 0;
  let high = arrivals.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (arrivals[middle]!.atMs < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
