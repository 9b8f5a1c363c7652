// Carries out a plan in k6: iteration i is arrival i, it sleeps until its planned start, sends, and logs one line.
// In: what config.ts reads. Out: lines of plan.ts on the console.
import { sleep } from 'k6';
import { SharedArray } from 'k6/data';
import exec from 'k6/execution';
import http from 'k6/http';
import type { Options } from 'k6/options';
import { type Arrival, sentLine, startLine, versionOf } from '../workload/plan.ts';
import { load } from './config.ts';

const arrivals = new SharedArray<Arrival>('arrivals', () => JSON.parse(open(load.planFile)).arrivals);
const headers = new SharedArray<Record<string, string>>('headers', () => JSON.parse(open(load.headersFile)));
const { timeoutMs } = load;

/** Time for the pool to be ready between the set-up and the plan's time zero. */
const LEAD_MS = 500;

/** Options of a scenario: a pool of connections, sized by the engine, takes the arrivals in their order. */
export function optionsOf(name: string): Options {
  const lastMs = arrivals.length > 0 ? arrivals[arrivals.length - 1]!.atMs : 0;
  return {
    scenarios: {
      [name]: {
        executor: 'shared-iterations',
        vus: Math.min(load.connections, arrivals.length),
        iterations: arrivals.length,
        maxDuration: `${Math.ceil((LEAD_MS + lastMs + 3 * timeoutMs) / 1000)}s`,
        gracefulStop: '0s',
      },
    },
    discardResponseBodies: true,
    summaryTrendStats: ['count'],
  };
}

/** Milliseconds since k6 began: one clock for all virtual users, with fractions. */
const nowMs = (): number => exec.instance.currentTestRunDuration;

export function setup(): { zeroMs: number } {
  const zeroMs = nowMs() + LEAD_MS;
  console.log(startLine(Date.now() - nowMs() + zeroMs));
  return { zeroMs };
}

export default function carryOut({ zeroMs }: { zeroMs: number }): void {
  const index = exec.scenario.iterationInTest;
  const call = arrivals[index]!;
  const pickedMs = nowMs() - zeroMs;
  if (pickedMs < call.atMs) sleep((call.atMs - pickedMs) / 1000);

  const own: Record<string, string> = { ...headers[call.identity] };
  if (call.key !== undefined) own['Idempotency-Key'] = call.key;
  if (call.body !== undefined) own['Content-Type'] = 'application/json';
  const startMs = nowMs() - zeroMs;
  const answer = http.request(call.method, load.baseUrl + call.path, call.body ?? null, {
    headers: own,
    timeout: timeoutMs,
    redirects: 0,
    tags: { name: call.step },
  });
  const elapsedMs = nowMs() - zeroMs - startMs;

  const t = answer.timings;
  // Without an answer k6 leaves parts of the timings empty: then the time until it was given up counts.
  const serviceMs =
    answer.status === 0
      ? elapsedMs
      : t.blocked + t.connecting + t.tls_handshaking + t.sending + t.waiting + t.receiving;
  const version = call.key !== undefined && answer.status < 300 ? versionOf(answer.headers.Etag) : undefined;
  const sent = { index, pickedMs, startMs, serviceMs, status: answer.status };
  console.log(sentLine(version === undefined ? sent : { ...sent, version }));
}

/** k6's own summary is not ours: nothing is printed. */
export function handleSummary(): Record<string, string> {
  return {};
}
