// Sends a fixed number of requests to one server: paced at a rate (open loop, each from its planned start) or as fast as
// a few connections go. Every answer must have the expected status: a benchmark of refusals would be a lie.
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../clock.ts';

export interface Call {
  method: 'GET' | 'POST';
  path: string;
  headers: Record<string, string>;
  body?: string;
}

export interface Load {
  baseUrl: string;
  count: number;
  /** The n-th request, from 0. */
  call(n: number): Call;
  expectedStatus: number;
  /** At most this many requests under way. */
  connections: number;
  /** Without it the loop is closed. */
  ratePerSecond?: number;
  clock: Clock;
  signal?: AbortSignal;
}

/** Resolves when all are answered. Throws on the first answer with another status, with its body, and on a broken connection. */
export async function send(load: Load): Promise<void> {
  const { count, connections, ratePerSecond = Infinity, clock } = load;
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const startedMs = clock.monotonicMs();
  let next = 0;
  const carryOut = async () => {
    for (let n = next++; n < count; n = next++) {
      load.signal?.throwIfAborted();
      const waitMs = startedMs + (n / ratePerSecond) * 1000 - clock.monotonicMs();
      if (waitMs > 0) await sleep(waitMs);
      const { status, body } = await ask(load.baseUrl, load.call(n), agent);
      if (status !== load.expectedStatus) throw new Error(`${load.baseUrl} answered ${status}: ${body.slice(0, 500)}`);
    }
  };
  try {
    await Promise.all(Array.from({ length: connections }, carryOut));
  } finally {
    agent.destroy();
  }
}

/** One request and its whole answer. */
export function ask(baseUrl: string, call: Call, agent?: Agent): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const { method, path, headers, body } = call;
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const sent = request(`${baseUrl}${path}`, { method, headers: { ...headers, ...length }, agent }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode!, body: text }));
      answer.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
