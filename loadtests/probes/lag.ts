// Projection lag as a caller sees it: write, then read until the version shows. Runs beside a load, about 4 times a second.
import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Histogram } from '../run/histogram.ts';
import { type Acknowledged, send } from '../run/send.ts';
import type { Probe } from '../workload/workload.ts';

export interface LagOptions {
  baseUrl: string;
  headers: Record<string, string>[];
  /** The n-th probe; each is used once. */
  probe(n: number): Probe;
  /** First n: another one for each run against the same databases. */
  firstN: number;
  perSecond?: number;
  /** A version that does not show within this time counts as never. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

export interface Lag {
  /** Milliseconds from the acknowledged write to the end of the first read that shows it; Infinity when none did. */
  lag: Histogram;
  /** Writes that were not acknowledged: they have no lag. */
  failedWrites: number;
  acknowledged: Acknowledged[];
}

/** The next poll comes after this share of the time waited so far: a long lag must not become a load of its own. */
const POLL_SHARE = 0.15;
const POLL_MS = 10;

/**
 * Starts probing. `stop` ends the sending of new probes, waits for those under way and gives the result.
 * The lag is an upper bound: the version showed at most one poll (10 ms, or 15 % of the lag) earlier.
 */
export function startLagProbe(options: LagOptions): { stop(): Promise<Lag> } {
  const { perSecond = 4, timeoutMs = 5000, signal } = options;
  const agent = new Agent({ keepAlive: true });
  const result: Lag = { lag: new Histogram(), failedWrites: 0, acknowledged: [] };
  const underWay = new Set<Promise<void>>();
  let n = options.firstN;
  const timer = setInterval(() => {
    const probing = one(options, options.probe(n++), { agent, timeoutMs, signal }, result)
      .catch(() => {})
      .finally(() => underWay.delete(probing));
    underWay.add(probing);
  }, 1000 / perSecond);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
      agent.destroy();
      return result;
    },
  };
}

async function one(
  { baseUrl, headers }: LagOptions,
  { write, read, version }: Probe,
  sending: { agent: Agent; timeoutMs: number; signal?: AbortSignal },
  result: Lag,
): Promise<void> {
  const written = await send(baseUrl, headers[write.identity]!, write, sending);
  if (written.status < 200 || written.status >= 300 || write.aggregateId === undefined) {
    result.failedWrites++;
    return;
  }
  const writtenAt = performance.now();
  result.acknowledged.push({ id: write.aggregateId, version: written.version ?? version });
  for (;;) {
    const answer = await send(baseUrl, headers[read.identity]!, read, sending);
    const waitedMs = performance.now() - writtenAt;
    if (answer.status >= 200 && answer.status < 300 && (answer.version ?? 0) >= version) {
      result.lag.add(waitedMs);
      return;
    }
    if (waitedMs >= sending.timeoutMs) {
      result.lag.add(Number.POSITIVE_INFINITY);
      return;
    }
    await delay(Math.max(POLL_MS, waitedMs * POLL_SHARE), undefined, { signal: sending.signal });
  }
}
