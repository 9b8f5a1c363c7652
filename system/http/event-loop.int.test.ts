// Nothing heavy runs in the API: while the worker counts many statistics again, or a command builds every read model anew, the API's
// event loop is as free as when idle.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { scratchDir } from '../local/parts.ts';
import { cpuMsOfTrees } from '../local/proc.ts';
import { type Running, runHook, startService } from '../local/service.ts';
import { readService } from '../local/service-spec.ts';
import { freshParts, type TestParts } from '../local/testing.ts';
import { mark } from '../projections/statistics/dirty.ts';

const ROUNDS = 3;
const IDLE_MS = 2000;
/** Each check-in is one bucket of the statistics. */
const CHECK_INS = 100;
const ENTRIES = 50;
/** How often a round counts every bucket again. */
const TIMES = 5;
const DATE = '2026-03-02';
const TENANT = 'academy-1';
const checkout = join(import.meta.dirname, '..', '..');

let parts: TestParts;
let scratch: Awaited<ReturnType<typeof scratchDir>>;
let running: Running;
let mongo: MongoClient;
const classIds = Array.from({ length: CHECK_INS }, () => randomUUID());

before(async () => {
  const spec = await readService(join(checkout, 'system/service.yaml'));
  parts = await freshParts(['postgres', 'mongodb', 'redis']);
  scratch = await scratchDir();
  const env = { LIMIT_GENERAL_PER_MINUTE: '100000' };
  const options = { checkout, parts: { urls: parts.urls, list: [] }, env };
  await runHook(spec, 'prepare', options);
  const people = [{ tenant: TENANT, role: 'teacher', subject: 'teacher-1' }];
  const [teacher] = JSON.parse((await runHook(spec, 'identities', { ...options, stdin: JSON.stringify(people) }))!);
  running = await startService(spec, { ...options, dir: scratch.dir });
  mongo = await MongoClient.connect(parts.urls.mongodb);
  for (const classId of classIds) {
    const entries = Array.from({ length: ENTRIES }, () => ({
      id: randomUUID(),
      studentId: randomUUID(),
      mark: 'present',
    }));
    const response = await fetch(`${running.baseUrl}/api/v1/classes/${classId}/check-ins`, {
      method: 'POST',
      headers: { ...teacher, 'content-type': 'application/json', 'idempotency-key': classId },
      body: JSON.stringify({ date: DATE, entries }),
    });
    assert.equal(response.status, 201, await response.text());
  }
  await until(async () => (await counted()) === CHECK_INS, 'the check-ins are counted');
});
after(async () => {
  await running?.stop();
  await mongo?.close();
  await parts?.close();
  await scratch?.remove();
});

/** The 99th percentile of the event loop's delay since this was asked last, in seconds. */
async function delaySeconds(): Promise<number> {
  const text = await (await fetch(`${running.baseUrl}/metrics`)).text();
  return Number(/^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(text)![1]);
}

/** What happened in the API while `work` ran. */
async function during(work: () => Promise<unknown>): Promise<{ delay: number; apiMs: number; workerMs: number }> {
  await delaySeconds();
  const before = running.cpuMs();
  await work();
  const after = running.cpuMs();
  const delay = await delaySeconds();
  return { delay, apiMs: after.api! - before.api!, workerMs: after.worker! - before.worker! };
}

/** Buckets whose count is whole. */
const counted = () => mongo.db().collection('attendance_statistic').countDocuments({ present: ENTRIES });

async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  const endsAtMs = performance.now() + 60_000;
  while (!(await holds())) {
    assert.ok(performance.now() < endsAtMs, `never came true: ${what}`);
    await sleep(20);
  }
}

async function recountAll(): Promise<void> {
  const buckets = classIds.map((classId) => ({ kind: 'attendance' as const, tenantId: TENANT, date: DATE, classId }));
  for (let time = 0; time < TIMES; time++) {
    await mongo.db().collection('attendance_statistic').deleteMany({ tenantId: TENANT });
    await mark(mongo.db(), buckets, new Date());
    await until(async () => (await counted()) === CHECK_INS, 'the worker counts all of them');
  }
}

/** The command as an operator types it. Gives the CPU that it used, as seen last before its end. */
async function rebuildAll(): Promise<number> {
  const words = ['rebuild', 'all', '--postgres', parts.urls.postgres, '--mongodb', parts.urls.mongodb, '--json'];
  const child = spawn(process.execPath, [join(checkout, 'cli.ts'), ...words], { stdio: ['ignore', 'pipe', 'ignore'] });
  let [out, cpuMs] = ['', 0];
  child.stdout.on('data', (chunk) => (out += chunk));
  const watch = setInterval(() => {
    cpuMs = Math.max(cpuMs, cpuMsOfTrees([child.pid!]).get(child.pid!)!);
  }, 50);
  const exitCode = await new Promise((resolve) => child.on('close', resolve));
  clearInterval(watch);
  assert.equal(exitCode, 0, out);
  const sheet = JSON.parse(out).rebuilt.find(({ name }: { name: string }) => name === 'attendance-sheet');
  assert.equal(sheet.aggregates, CHECK_INS * ENTRIES, out);
  return cpuMs;
}

const sum = (all: number[]) => all.reduce((total, one) => total + one, 0);

/** The best of the one against the worst of the other: a burst of a neighbour hits some rounds, work of ours all of them. */
function asFreeAsWhenIdle(busy: { delay: number }[], idle: { delay: number }[]): void {
  const [least, most] = [Math.min(...busy.map((one) => one.delay)), Math.max(...idle.map((one) => one.delay))];
  assert.ok(least <= 2 * most, `p99 ${least} s under the rebuild, ${most} s when idle`);
}

test('while the worker counts the statistics again, the event loop of the API waits no longer than when idle', async () => {
  const idle = [];
  const recount = [];
  for (let round = 0; round < ROUNDS; round++) {
    idle.push(await during(() => sleep(IDLE_MS)));
    recount.push(await during(recountAll));
  }
  const [apiMs, workerMs] = [sum(recount.map((one) => one.apiMs)), sum(recount.map((one) => one.workerMs))];
  assert.ok(apiMs < workerMs / 2, `the API used ${apiMs} ms of CPU, the worker ${workerMs} ms`);
  asFreeAsWhenIdle(recount, idle);
});

test('while every read model is built anew, the event loop of the API waits no longer than when idle', async () => {
  const idle = [];
  const rebuild = [];
  let rebuildMs = 0;
  for (let round = 0; round < ROUNDS; round++) {
    idle.push(await during(() => sleep(IDLE_MS)));
    rebuild.push(
      await during(async () => {
        rebuildMs += await rebuildAll();
      }),
    );
  }
  const apiMs = sum(rebuild.map((one) => one.apiMs));
  assert.ok(apiMs < rebuildMs / 2, `the API used ${apiMs} ms of CPU, the command ${rebuildMs} ms`);
  asFreeAsWhenIdle(rebuild, idle);
});
