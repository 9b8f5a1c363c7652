// A light open-loop load for fault tests: a drawn plan in, each request sent at its planned time by this process, every outcome out.
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Acknowledged, send } from '../run/send.ts';
import type { Plan } from '../workload/plan.ts';

export interface SteadyOptions {
  baseUrl: string;
  headers: Record<string, string>[];
  timeoutMs: number;
  signal?: AbortSignal;
}

export interface Outcome {
  step: string;
  isCommand: boolean;
  /** Planned start and end of the request, in ms from the start of the plan. */
  atMs: number;
  endMs: number;
  /** 0 = no answer. */
  status: number;
  body: string;
}

export interface Carried {
  outcomes: Outcome[];
  acknowledged: Acknowledged[];
}

/** Failed for the user: no answer, or one of 500 and above. What a rule refuses (4xx) is an answer. */
export const isFailed = ({ status }: Pick<Outcome, 'status'>): boolean => status === 0 || status >= 500;

/**
 * Sends the whole plan and resolves when every request has been answered or given up.
 * For tens of requests a second: the engine of measured loads is k6.
 */
export async function carrySteadily(plan: Plan, options: SteadyOptions): Promise<Carried> {
  const { baseUrl, headers, timeoutMs, signal } = options;
  const agent = new Agent({ keepAlive: true });
  const startedAt = performance.now();
  const now = () => performance.now() - startedAt;
  const carried: Carried = { outcomes: [], acknowledged: [] };
  const one = async ({ atMs, ...call }: Plan['arrivals'][number]) => {
    await sleep(Math.max(0, atMs - now()), undefined, { signal });
    const { status, version, body } = await send(baseUrl, headers[call.identity]!, call, { agent, timeoutMs, signal });
    const { step, aggregateId } = call;
    carried.outcomes.push({ step, isCommand: call.key !== undefined, atMs, endMs: now(), status, body });
    if (status >= 200 && status < 300 && aggregateId !== undefined && version !== undefined) {
      carried.acknowledged.push({ id: aggregateId, version });
    }
  };
  try {
    await Promise.all(plan.arrivals.map(one));
    return carried;
  } finally {
    agent.destroy();
  }
}
