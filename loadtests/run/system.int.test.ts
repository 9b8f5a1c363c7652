// The system that load starts, with the read replica of --replica: real parts, real processes.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { silent } from '../../cli/progress.ts';
import { scratchDir } from '../../system/local/parts.ts';
import { readService } from '../../system/local/service-spec.ts';
import { audit } from '../probes/audit.ts';
import { balanceOf } from './server/balance.ts';
import { readSamples } from './server/watch.ts';
import { startSystem } from './system.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const LONGEST_MS = 60_000;

test('with --replica receipts come from the replica, it has its own CPU, and the audit is whole', async () => {
  const spec = await readService(path.join(ROOT, 'system', 'service.yaml'));
  const scratch = await scratchDir();
  const system = await startSystem(spec, {
    ...{ checkout: ROOT, dir: scratch.dir, progress: silent, signal: new AbortController().signal },
    env: { LOG_LEVEL: 'error', LIMIT_GENERAL_PER_MINUTE: '100000' },
    replica: true,
  });
  try {
    const [manager] = await system.headers([{ tenant: 'academy-1', role: 'manager', subject: 'manager-1' }]);
    const id = randomUUID();
    const payment = { id, studentId: randomUUID(), amountWon: 120_000, method: 'card', forMonth: '2026-09' };
    const paid = await fetch(`${system.baseUrl}/api/v1/payments`, {
      method: 'POST',
      headers: { ...manager, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
      body: JSON.stringify(payment),
    });
    assert.equal(paid.status, 201, await paid.text());
    const endsAtMs = performance.now() + LONGEST_MS;
    do {
      assert.ok(performance.now() < endsAtMs, 'the replica never answered');
      const receipt = await fetch(`${system.baseUrl}/api/v1/payments/${id}/receipt`, { headers: manager! });
      const { data } = (await receipt.json()) as { data: { amountWon: number } };
      assert.deepEqual([receipt.status, data.amountWon], [200, 120_000]);
      await sleep(50);
    } while (!(await readsOf(system.baseUrl)));
    assert.ok(system.cpuMs()['part:postgres-replica']! > 0);
    const audited = await audit([{ id, version: 1 }], system.audit);
    assert.ok(audited.checked && audited.whole, JSON.stringify(audited));
  } finally {
    await system.stop();
    await scratch.remove();
  }
});

/** Reads that the replica has answered. */
async function readsOf(baseUrl: string): Promise<number> {
  const text = await (await fetch(`${baseUrl}/metrics`)).text();
  return Number(/^replica_reads_total\{source="replica",reason="ok"\} (\d+)/m.exec(text)?.[1] ?? 0);
}

test('of two instances the balancer counts what each was given, and every process gives its memory and its metrics', async () => {
  const spec = await readService(path.join(ROOT, 'system', 'service.yaml'));
  const scratch = await scratchDir();
  const system = await startSystem(spec, {
    ...{ checkout: ROOT, dir: scratch.dir, progress: silent, signal: new AbortController().signal },
    env: { LOG_LEVEL: 'error' },
    instances: { api: 2 },
  });
  try {
    const before = await system.forwarded();
    for (let n = 0; n < 40; n++) await (await fetch(system.baseUrl + spec.health)).arrayBuffer();
    assert.deepEqual(balanceOf((await system.forwarded())!, before!)!.requests, { 'blue-1': 20, 'blue-2': 20 });
    assert.deepEqual(
      system.metrics.map(({ process }) => process),
      ['api-blue-1', 'api-blue-2', 'worker'],
    );
    for (const { url } of system.metrics) assert.ok(readSamples(await (await fetch(url)).text()).length > 100, url);
    for (const name of ['api-blue-1', 'worker', 'balancer', 'part:postgres', 'part:mongodb', 'part:redis']) {
      assert.ok(system.rssBytes()[name]! > 2 ** 20, name);
    }
    assert.deepEqual(Object.keys(system.versions).sort(), ['haproxy', 'mongodb', 'postgres', 'redis']);
  } finally {
    await system.stop();
    await scratch.remove();
  }
});

test('a service file that knows of no replica is refused by name', async () => {
  const spec = { ...(await readService(path.join(ROOT, 'system', 'service.yaml'))), parts: {}, replicas: {} };
  const started = startSystem(spec, {
    ...{ checkout: ROOT, dir: path.join(ROOT, '.run'), progress: silent, signal: new AbortController().signal },
    replica: true,
  });
  await assert.rejects(started, { code: 'service.malformed', message: /replicas/ });
});
