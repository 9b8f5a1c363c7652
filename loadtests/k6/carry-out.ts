// Carries out a plan in k6: iteration i is arrival i, it sleeps until its planned start, sends, and logs one line.
// In: what config.ts reads. Out: lines of plan.ts on the console. Of several k6 with execution segments each takes its own arrivals:
// `iterationInTest` counts over all of them, so that together they carry out the plan exactly.
import { sleep } from 'k6';
import { SharedArray } from 'k6/data';
import exec from 'k6/execution';
import http from 'k6/http';
import type { Options } from 'k6/options';
import { type Read, type Sending, unpacked } from '../workload/packed.ts';
import { sentLine, startLine, versionOf } from '../workload/plan.ts';
import { load } from './config.ts';

const linesOf = () => open(load.arrivalsFile).trimEnd().split('\n');
// Kept once for all virtual users, each arrival as its short text: an hour of them fits.
const reads = new SharedArray<Read>('reads', () => JSON.parse(linesOf()[0]!));
const lines = new SharedArray<string>('arrivals', () => linesOf().slice(1));
const arrivalAt = (index: number): Sending => unpacked(lines[index]!, (place) => reads[place]!);
const headers = new SharedArray<Record<string, string>>('headers', () => JSON.parse(open(load.headersFile)));
const { timeoutMs } = load;

/** Time for the pool to be ready between the set-up and the plan's time zero. */
const LEAD_MS = 500;

/** Options of a scenario: a pool of connections, sized by the engine, takes the arrivals in their order. */
export function optionsOf(name: string): Options {
  const count = lines.length;
  const lastMs = count > 0 ? arrivalAt(count - 1).atMs : 0;
  const waitMs = load.zeroEpochMs === undefined ? LEAD_MS : Math.max(LEAD_MS, load.zeroEpochMs - Date.now());
  return {
    scenarios: {
      [name]: {
        executor: 'shared-iterations',
        vus: Math.min(load.connections, count),
        iterations: count,
        maxDuration: `${Math.ceil((waitMs + lastMs + 3 * timeoutMs) / 1000)}s`,
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
  const zeroMs = load.zeroEpochMs === undefined ? nowMs() + LEAD_MS : load.zeroEpochMs - Date.now() + nowMs();
  console.log(startLine(Date.now() - nowMs() + zeroMs));
  return { zeroMs };
}

export default function carryOut({ zeroMs }: { zeroMs: number }): void {
  const index = exec.scenario.iterationInTest;
  const call = arrivalAt(index);
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
