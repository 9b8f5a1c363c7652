// Puts the data set into a service through its front door: calls in, acknowledged (id, version) out. Bounded concurrency.
import { Agent } from 'node:http';
import type { Call } from '../workload/plan.ts';
import { failures } from './failures.ts';
import { type Acknowledged, send } from './send.ts';

export type { Acknowledged } from './send.ts';

export interface SeedOptions {
  concurrency?: number;
  timeoutMs?: number;
  signal?: AbortSignal;
  onProgress?(done: number, planned: number): void;
}

/**
 * Sends every call, in order as far as concurrency allows, and gives what was acknowledged.
 * Throws `seed.refused` at the first call that is not answered with a success.
 */
export async function seedService(
  baseUrl: string,
  headers: Record<string, string>[],
  calls: Call[],
  options: SeedOptions = {},
): Promise<{ acknowledged: Acknowledged[] }> {
  const { concurrency = 16, timeoutMs = 10_000, signal } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const acknowledged: Acknowledged[] = [];
  let next = 0;
  let done = 0;
  let isFailed = false;
  const work = async () => {
    while (next < calls.length && !isFailed) {
      signal?.throwIfAborted();
      const call = calls[next++]!;
      const answer = await send(baseUrl, headers[call.identity] ?? {}, call, { agent, timeoutMs, signal });
      if (answer.status < 200 || answer.status >= 300) {
        isFailed = true;
        const how =
          answer.status === 0 ? `was not answered: ${answer.body}` : `answered ${answer.status} ${answer.body}`;
        throw failures.seedRefused(`${call.method} ${call.path}`, how.slice(0, 300));
      }
      if (call.aggregateId !== undefined && answer.version !== undefined) {
        acknowledged.push({ id: call.aggregateId, version: answer.version });
      }
      options.onProgress?.(++done, calls.length);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(concurrency, calls.length) }, work));
  } finally {
    agent.destroy();
  }
  return { acknowledged };
}
