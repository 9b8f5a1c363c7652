import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Limits } from '../../loadtests/workload/limits.ts';
import { type Plan, type Sent, sentLine, startLine } from '../../loadtests/workload/plan.ts';
import { latencyOf } from './latency.ts';
import { foldTurn } from './turn.ts';

const limits: Limits = {
  timeoutMs: 5000,
  latenessP99Ms: 25,
  generatorCpuShare: 0.8,
  othersCpuShare: 0.9,
  samplesBeyond: 10,
};
const cpu = {
  warm: { cpuMs: { api: 100, worker: 40, 'part:redis': 10 }, allocatedBytes: 5_000_000 },
  end: { cpuMs: { api: 1000, worker: 140, 'part:redis': 210 }, allocatedBytes: 55_000_000 },
};

/** 1000 requests, one every 10 ms, after 100 of warm-up; `sent` says what became of each, undefined: never sent. */
async function turn(
  t: TestContext,
  sent: (index: number) => Partial<Sent> | undefined,
  readings: Parameters<typeof foldTurn>[3] = cpu,
) {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'turn-test-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const call = { step: 'read', method: 'GET', path: '/', identity: 0 } as const;
  const arrivals = Array.from({ length: 1100 }, (_, i) => ({ ...call, atMs: i * 10 }));
  const plan: Plan = {
    schema: 'amsperf/plan/v1',
    seed: 1,
    warmUpMs: 1000,
    durationMs: 11_000,
    ratePerSecond: 100,
    workloadHash: 'x',
    identities: [{ tenant: 'a', role: 'b', subject: 'c' }],
    arrivals,
  };
  const lines = arrivals.flatMap(({ atMs }, index) => {
    const own = sent(index);
    return own ? [sentLine({ index, pickedMs: atMs, startMs: atMs, serviceMs: 50, status: 200, ...own })] : [];
  });
  const samplesFile = path.join(dir, 'samples.csv');
  writeFileSync(samplesFile, `${[startLine(1_700_000_000_000), ...lines].join('\n')}\n`);
  const generator = { cpuMs: 1000, wallMs: 11_000, exitCode: 0, cores: 2 };
  const folded = await foldTurn(plan, { samplesFile, generator, startedAtMs: 1_700_000_000_000 }, limits, readings);
  return { ...folded, figures: { ...folded.counted, ...latencyOf(folded.samples) } };
}

test('a server that always takes 50 ms has 50 ms at every quantile, and CPU of its own processes alone', async (t) => {
  const { figures, invalid } = await turn(t, () => ({}));
  assert.deepEqual(invalid, []);
  assert.equal(figures.answered, 1000);
  for (const ms of [figures.responseP50Ms, figures.responseP95Ms, figures.responseP99Ms, figures.serviceP95Ms]) {
    assert.ok(Math.abs(ms - 50) < 1e-6, `${ms}`);
  }
  assert.equal(figures.cpuMsPerRequest, 1);
  assert.equal(figures.partsCpuMsPerRequest, 0.2);
  assert.equal(figures.allocatedBytesPerRequest, 50_000);
});

test('the slow first second is warm-up and is left out', async (t) => {
  const { figures } = await turn(t, (index) => (index < 100 ? { serviceMs: 900, status: 500 } : {}));
  assert.equal(figures.errors, 0);
  assert.ok(Math.abs(figures.responseP99Ms - 50) < 1e-6);
});

test('a request without an answer counts as the time-out, not as fast', async (t) => {
  const { figures } = await turn(t, (index) => (index % 10 === 0 ? { status: 0, serviceMs: 1 } : {}));
  assert.equal(figures.errors, 100);
  assert.ok(Math.abs(figures.responseP95Ms - limits.timeoutMs) < 1, `${figures.responseP95Ms}`);
  assert.ok(Math.abs(figures.responseP50Ms - 50) < 1e-6);
});

test('a request that started late has waited since its planned start', async (t) => {
  const { figures } = await turn(t, (index) => ({ startMs: index * 10 + 20, pickedMs: index * 10 + 20 }));
  assert.ok(Math.abs(figures.responseP95Ms - 70) < 1e-6);
  assert.ok(Math.abs(figures.serviceP95Ms - 50) < 1e-6);
});

test('requests that were never sent make the turn invalid', async (t) => {
  const { invalid, figures } = await turn(t, (index) => (index < 1050 ? {} : undefined));
  assert.match(invalid.join(), /50 of 1100 planned requests were never sent/);
  assert.ok(Math.abs(figures.responseP99Ms - limits.timeoutMs) < 1, `${figures.responseP99Ms}`);
});

test('without a CPU reading at the end of the warm-up the turn is invalid', async (t) => {
  const { invalid } = await turn(t, () => ({}), { warm: undefined, end: cpu.end });
  assert.match(invalid.join(), /before its warm-up was over/);
});
