// Counts one arm: one start of its processes, the fixed replay call by call, the counts of every call out.
import { Agent } from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { send } from '../../loadtests/run/send.ts';
import type { Call } from '../../loadtests/workload/plan.ts';
import type { Running } from '../../system/local/service.ts';
import type { ServiceSpec } from '../../system/local/service-spec.ts';
import { type ArmCounts, type CountedCall, rates } from './compare.ts';
import { add, between, type Counts, keyOf } from './counter.ts';
import { IDLE_MS, READ_QUIET_MS, SHIFT_MS, TIMEOUT_MS } from './defaults.ts';
import { openReaders } from './open-readers.ts';
import type { Span } from './parts/otlp.ts';
import { startSpanReceiver, traceOf } from './parts/spans.ts';
import type { ScriptCall } from './replay.ts';
import { drain, settle } from './settle.ts';

/** What counting needs of an arm of the gate. */
export interface CountableArm {
  parts: { urls: Partial<Record<string, string>> };
  /** Headers of each identity, in the order of the plan's. */
  headers: Record<string, string>[];
  /** One start of the arm's processes; `env` is for all of them. */
  start(dir: string, added?: { env?: Record<string, string> }): Promise<Running>;
}

export interface CountOptions {
  spec: Pick<ServiceSpec, 'counters' | 'closedLoopEnv'>;
  /** One script per pass; the first one only warms up, and shows what belongs to each step. */
  scripts: ScriptCall[][];
  /** For the logs of the processes. */
  dir: string;
  signal: AbortSignal;
  onProgress?(done: number, planned: number): void;
}

/** Carries out the replay. Whatever happens, the processes that it has started have ended when it returns or throws. */
export async function countArm(arm: CountableArm, options: CountOptions): Promise<ArmCounts> {
  const startMs = performance.now();
  const { spec } = options;
  const started = new AsyncDisposableStack();
  try {
    const spans = spec.counters.spans === undefined ? undefined : await startSpanReceiver();
    if (spans) started.defer(() => spans.stop());
    const env = { ...spec.closedLoopEnv, ...(spans && { [spec.counters.spans!]: spans.url }) };
    const running = await arm.start(options.dir, { env });
    started.defer(() => running.stop());
    const readers = await openReaders({
      urls: arm.parts.urls,
      logs: Object.fromEntries(running.processes.map(({ name }) => [name, path.join(options.dir, `${name}.log`)])),
      ...(spec.counters.events !== undefined && { eventsQuery: spec.counters.events }),
    });
    started.defer(() => readers.close());
    const { calls, idle } = await replay(arm, running.baseUrl, readers.read, {
      ...options,
      isTraced: spans !== undefined,
    });
    // The last spans come when the processes end.
    await running.stop();
    if (spans) addSpans(calls, spans.byTrace());
    const notCounted = [...readers.notCounted, ...(spans ? [] : ['spans: the service file names no `counters.spans`'])];
    return { calls, idle, notCounted, seconds: (performance.now() - startMs) / 1000 };
  } finally {
    await started.disposeAsync();
  }
}

interface ReplayOptions extends CountOptions {
  isTraced: boolean;
}

/** Sends the script, waits after every call until its work is done, and counts what moved. */
async function replay(
  arm: CountableArm,
  baseUrl: string,
  read: () => Promise<Counts>,
  { spec, scripts, signal, isTraced, onProgress }: ReplayOptions,
): Promise<{ calls: TracedCall[]; idle: Counts }> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const calls: TracedCall[] = [];
  const planned = scripts.flat().length;
  let sent = 0;
  const ask = async (call: Call, traceParent: string) => {
    const headers = { ...arm.headers[call.identity], ...(isTraced && { traceparent: traceParent }) };
    const answer = await send(baseUrl, headers, call, { agent, timeoutMs: TIMEOUT_MS, signal });
    const counts: Counts = new Map();
    add(counts, keyOf('answer-bytes', null), Buffer.byteLength(answer.body));
    if (answer.status < 200 || answer.status >= 400) {
      add(counts, keyOf('failed-answers', answer.status === 0 ? 'no answer' : `status ${answer.status}`), 1);
    }
    return counts;
  };
  const movedIdly: Counts = new Map();
  let idleMs = 0;
  /** A while without requests: what moves in it moves by itself. */
  const pause = async (before: Counts, ms: number) => {
    const startMs = performance.now();
    await sleep(ms, undefined, { signal });
    const after = await read();
    idleMs += performance.now() - startMs;
    for (const [key, count] of between(before, after)) add(movedIdly, key, count);
    return after;
  };
  try {
    const idle = await drain(read, signal);
    const expected = new Map<string, Set<string>>();
    let before = await read();
    const isLast = (at: number) => at === scripts.length - 1;
    for (const [at, script] of scripts.entries()) {
      if (isLast(at)) before = await pause(before, SHIFT_MS);
      for (const { call, isCounted, position } of script) {
        const known = expected.get(call.step);
        const { traceId, traceParent } = traceOf(sent);
        const answered = await ask(call, traceParent);
        sent++;
        onProgress?.(sent, planned);
        const quietMs = call.method === 'GET' ? Math.min(READ_QUIET_MS, spec.counters.quietMs) : spec.counters.quietMs;
        const after = await settle(before, { read, idle, quietMs, signal, ...(known && { expected: known }) });
        const moved = between(before, after);
        if (!known && isCounted) expected.set(call.step, new Set([...moved.keys()].filter((key) => !idle.has(key))));
        if (at > 0 && isCounted) {
          const counts: Counts = new Map([...moved, ...answered]);
          calls.push({ step: call.step, position, pass: at - 1, counts, traceId });
        }
        before = after;
      }
    }
    await pause(before, IDLE_MS);
    return { calls, idle: rates(movedIdly, idleMs) };
  } finally {
    agent.destroy();
  }
}

type TracedCall = CountedCall & { traceId: string };

function addSpans(calls: TracedCall[], byTrace: Map<string, Span[]>): void {
  for (const { counts, traceId } of calls) {
    for (const { service, name } of byTrace.get(traceId) ?? []) add(counts, keyOf('spans', `${service}: ${name}`), 1);
  }
}
