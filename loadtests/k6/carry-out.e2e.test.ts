// Does k6 carry out the arrivals that were drawn? Against servers whose truth is known beforehand.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { silent } from '../../cli/progress.ts';
import { findK6 } from '../../system/local/k6.ts';
import { generatorEnv } from '../run/config.ts';
import { type Carried, carryOut } from '../run/engine.ts';
import { watchRate } from '../run/watch.ts';
import { erlangWaitMs } from '../testdata/queue.ts';
import { exactQuantile, startTruthServer, type Truth, watchNeighbours } from '../testdata/start.ts';
import { arrivalTimes, type Draw, planHead } from '../workload/draw.ts';
import { DEFAULT_LIMITS } from '../workload/limits.ts';
import { packed } from '../workload/packed.ts';
import { type Plan, readLine, type Sent } from '../workload/plan.ts';

let dir: string;
let k6: string;

before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'ams-perf-carry-out-'));
  k6 = (await findK6(silent)).path;
});
after(() => rm(dir, { recursive: true, force: true }));

function planOf(draw: Draw): Plan {
  const call = { step: 'read', method: 'GET', path: '/', identity: 0 } as const;
  const arrivals = [...arrivalTimes(draw)].map((atMs) => ({ ...call, atMs }));
  return { ...planHead(draw, ''), identities: [{ tenant: 't', role: 'r', subject: 's' }], arrivals };
}

interface Seen {
  plan: Plan;
  sent: Sent[];
  carried: Carried;
  truth: Truth;
}

async function load(mode: Parameters<typeof startTruthServer>[0], plan: Plan, connections?: number): Promise<Seen> {
  const server = await startTruthServer(mode);
  const sent: Sent[] = [];
  const watches = [
    watchRate(plan, { connections: connections ?? 400, generatorCpuLimit: DEFAULT_LIMITS.generatorCpuShare }),
  ];
  try {
    const carried = await carryOut(plan, {
      ...{ baseUrl: server.baseUrl, headers: [{}], k6, dir, watches, onSent: (one) => sent.push(one) },
      ...(connections !== undefined && { connections }),
    });
    return { plan, sent, carried, truth: await server.truth() };
  } finally {
    await server.stop();
  }
}

/** Share of requests that started in time, 25 ms as a run's own limit. */
const onTime = ({ plan, sent }: Seen) =>
  sent.filter((one) => one.startMs - plan.arrivals[one.index]!.atMs < DEFAULT_LIMITS.latenessP99Ms).length /
  sent.length;

/**
 * Four tries, since a machine that is busy with something else proves nothing: a lasting bias fails all of them.
 * Undefined, and skipped, when none was right and others used the machine each time.
 */
async function whenQuiet(
  t: TestContext,
  once: () => Promise<Seen>,
  isRight: (seen: Seen) => boolean,
): Promise<Seen | undefined> {
  let quiet: Seen | undefined;
  for (let attempt = 1; attempt <= 4; attempt++) {
    const isQuiet = watchNeighbours();
    const seen = await once();
    if (onTime(seen) >= 0.99 && isRight(seen)) return seen;
    if (isQuiet()) quiet = seen;
  }
  if (!quiet) t.skip('the machine was busy with something else four times');
  return quiet;
}

const responseMs = (plan: Plan, { index, startMs, serviceMs }: Sent) =>
  startMs + serviceMs - plan.arrivals[index]!.atMs;
const meanOf = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const measured = ({ plan, sent }: Seen) => sent.filter(({ index }) => plan.arrivals[index]!.atMs >= plan.warmUpMs);

test('requests before an M/M/2 queue wait within 5 % of Erlang C', async (t) => {
  const [rate, servers, meanMs] = [35, 2, 40] as const;
  // Twenty seconds have a mean wait of their own. Of the first 100 seeds 16 and 79 draw one within 0.3 % of that of all time, so that
  // what is off here is the generator's doing: arrivals on a grid of the same rate would wait half as long.
  const plan = planOf({ ratePerSecond: rate, durationMs: 22_000, warmUpMs: 2000, seed: 16 });
  const waitOf = (seen: Seen) => {
    const response = meanOf(measured(seen).map((one) => responseMs(plan, one)));
    return response - meanOf(seen.truth.servicesMs.slice(-measured(seen).length));
  };
  const isNear = (seen: Seen) => Math.abs(waitOf(seen) / erlangWaitMs(rate, servers, meanMs) - 1) < 0.05;
  const planned = dispersion(plan.arrivals.map(({ atMs }) => atMs));
  const isAsScattered = (seen: Seen) => Math.abs(dispersion(seen.truth.arrivalsMs) - planned) < 0.03;
  const seen = await whenQuiet(
    t,
    () => load(`queue:${servers}:${meanMs}`, plan),
    (seen) => isNear(seen) && isAsScattered(seen),
  );
  if (!seen) return;
  assert.equal(seen.sent.length, plan.arrivals.length);
  assert.ok(isNear(seen), `${waitOf(seen)} ms, by the formula ${erlangWaitMs(rate, servers, meanMs)}`);
  assert.ok(
    isAsScattered(seen),
    `index of dispersion at the server ${dispersion(seen.truth.arrivalsMs)}, planned ${planned}`,
  );
});

/** Index of dispersion of counts in windows of 200 ms. */
function dispersion(times: number[]): number {
  const counts = new Array<number>(100).fill(0);
  for (const atMs of times) {
    const window = Math.floor((atMs - times[0]!) / 200);
    if (window < counts.length) counts[window]!++;
  }
  const mean = meanOf(counts);
  return meanOf(counts.map((count) => (count - mean) ** 2)) / mean;
}

test('after a stall of 1 s the 90th percentile of the response times is within 2 % of the open loop', async (t) => {
  const plan = planOf({ ratePerSecond: 100, durationMs: 6000, warmUpMs: 2000, seed: 2 });
  /** What a caller without a generator sees: from the planned start until the server's answer has left. It answers in turn. */
  const open = ({ truth, carried }: Seen) => {
    const times = plan.arrivals.map(({ atMs }, n) => truth.endsMs[n]! - carried.startedAtMs! - atMs);
    return exactQuantile(times.slice(plan.arrivals.findIndex(({ atMs }) => atMs >= plan.warmUpMs)), 0.9);
  };
  const p90 = (seen: Seen) =>
    exactQuantile(
      measured(seen).map((one) => responseMs(plan, one)),
      0.9,
    );
  const isNear = (seen: Seen) => Math.abs(p90(seen) / open(seen) - 1) < 0.02;
  const seen = await whenQuiet(t, () => load('stall', plan), isNear);
  if (!seen) return;
  // Of the four seconds one is stalled, so a tenth of the callers wait for 0.6 s or longer; the clearing takes its time.
  assert.ok(open(seen) > 540 && open(seen) < 640, `${open(seen)}`);
  assert.ok(isNear(seen), `${p90(seen)} ms, open loop ${open(seen)}`);
});

test('a target that cannot take the rate ends the run early, which says when and why', async () => {
  // One server of 50 ms: 20 a second, and 60 are offered.
  const plan = planOf({ ratePerSecond: 60, durationMs: 60_000, warmUpMs: 1000, seed: 3 });
  const { carried, sent } = await load('queue:1:50', plan, 20);
  assert.equal(carried.stopped?.code, 'rate.not-reached');
  assert.equal(carried.stopped.because, 'target');
  assert.ok(carried.stopped.atMs < 20_000, carried.stopped.message);
  assert.match(carried.stopped.message, /kept all 20 connections busy; stopped at \d+\.\d s/);
  assert.equal(carried.generator.exitCode, 0);
  assert.ok(sent.length < plan.arrivals.length / 2);
});

test('several k6 with execution segments begin together and carry out the plan exactly: each arrival once', async () => {
  const plan = planOf({ ratePerSecond: 120, durationMs: 4000, warmUpMs: 0, seed: 4 });
  const server = await startTruthServer('failing');
  const files = { arrivals: path.join(dir, 'shared.jsonl'), headers: path.join(dir, 'shared-headers.json') };
  await writeFile(files.arrivals, [...packed(plan.arrivals)].join(''));
  await writeFile(files.headers, '[{}]');
  const zeroEpochMs = Date.now() + 4000;
  const part = async (segment: string) => {
    const out = path.join(dir, `part-${segment.replaceAll('/', '_').replace(':', '-')}.csv`);
    const segments = ['--execution-segment', segment, '--execution-segment-sequence', '0,1/3,2/3,1'];
    const words = ['run', '--quiet', '--log-format', 'raw', '--console-output', out, ...segments];
    const child = spawn(k6, [...words, path.join(import.meta.dirname, 'average.ts')], {
      env: {
        ...generatorEnv,
        K6_NO_USAGE_REPORT: 'true',
        K6_AUTO_EXTENSION_RESOLUTION: 'false',
        LOAD_ARRIVALS: files.arrivals,
        LOAD_HEADERS: files.headers,
        LOAD_BASE_URL: server.baseUrl,
        LOAD_VUS: '60',
        LOAD_TIMEOUT_MS: '5000',
        LOAD_ZERO_EPOCH_MS: String(zeroEpochMs),
      },
      stdio: 'ignore',
    });
    const [exitCode] = await once(child, 'exit');
    assert.equal(exitCode, 0);
    const lines = (await readFile(out, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => readLine(line)!);
    return lines;
  };
  try {
    const parts = await Promise.all(['0:1/3', '1/3:2/3', '2/3:1'].map(part));
    const sent = parts.map((lines) => lines.filter((line) => 'index' in line));
    const indices = sent
      .flat()
      .map(({ index }) => index)
      .sort((a, b) => a - b);
    assert.deepEqual(
      indices,
      plan.arrivals.map((_, index) => index),
    );
    for (const own of sent) assert.ok(Math.abs(own.length - plan.arrivals.length / 3) <= 1, `${own.length}`);
    for (const [start] of parts) assert.ok('start' in start! && Math.abs(start.start - zeroEpochMs) < 50);
    assert.ok(
      sent.flat().every(({ index, startMs }) => startMs > plan.arrivals[index]!.atMs - 5),
      'nobody is early',
    );
  } finally {
    await server.stop();
  }
});
