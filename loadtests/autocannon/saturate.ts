// Closed loop with autocannon: so many connections, each sends its next request when the last was answered. Calls in, rate and times out.
import autocannon from 'autocannon';
import { Histogram } from '../run/histogram.ts';
import type { Call } from '../workload/plan.ts';

export interface SaturateOptions {
  baseUrl: string;
  headers: Record<string, string>[];
  connections: number;
  seconds: number;
  signal?: AbortSignal;
}

/** One level of connections. No times from a planned start: in a closed loop nothing is planned. */
export interface Level {
  connections: number;
  /** Answered with a success, per second. */
  ratePerSecond: number;
  /** From sending to the last byte, ms; errors and time-outs count as infinite. */
  service: Histogram;
  /** Answers with a status of 400 and above, requests without an answer. */
  errors: number;
  wallMs: number;
  /** CPU of this process, which is the generator. */
  generatorCpuMs: number;
}

/** Runs one level. Rejects with the abort reason when `signal` aborts. */
export async function saturate(calls: Call[], options: SaturateOptions): Promise<Level> {
  const { baseUrl, headers, connections, seconds, signal } = options;
  signal?.throwIfAborted();
  const service = new Histogram();
  let good = 0;
  let errors = 0;
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const { promise: done, resolve, reject } = Promise.withResolvers<autocannon.Result>();
  // Never with a rate: autocannon's correction for rates invents answers that never were.
  const running = autocannon(
    {
      url: baseUrl,
      connections,
      duration: seconds,
      requests: calls.map(({ method, path, identity }) => ({ method, path, headers: { ...headers[identity] } })),
    },
    (error, result) => (error ? reject(error) : resolve(result)),
  );
  running.on('response', (_client, status, _bytes, ms) => {
    service.add(ms);
    if (status >= 400) errors++;
    else good++;
  });
  const stop = () => running.stop();
  signal?.addEventListener('abort', stop);
  try {
    const result = await done;
    signal?.throwIfAborted();
    const wallMs = performance.now() - startedAt;
    // `errors` of autocannon holds its time-outs too.
    for (let i = 0; i < result.errors; i++) service.add(Number.POSITIVE_INFINITY);
    const cpu = process.cpuUsage(cpuBefore);
    return {
      connections,
      ratePerSecond: (good / wallMs) * 1000,
      service,
      errors: errors + result.errors,
      wallMs,
      generatorCpuMs: (cpu.user + cpu.system) / 1000,
    };
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
