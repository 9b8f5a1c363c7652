// What may stand beside the smallest system: a broker, a replica of the write model, a provider of messages. Each killed or slowed in
// the middle of a load, with each role of the worker in a process of its own.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { startChild } from '../../system/local/child.ts';
import { local } from '../../system/local/config.ts';
import type { Part } from '../../system/local/part.ts';
import { startPostgresReplica } from '../../system/local/postgres-replica.ts';
import { startRabbitmq } from '../../system/local/rabbitmq.ts';
import { cut } from './cut.ts';
import type { Extra } from './faulty.ts';
import { kill } from './kill.ts';
import { slow } from './slow.ts';
import { afterwards, loadThrough, loadThroughSlowBroker, noneFailed, type Patient, startPatient } from './testing.ts';

const provider: Extra['start'] = async (_, { dir, signal, port }) => {
  const url = `http://127.0.0.1:${port}`;
  const command = [process.execPath, path.join(import.meta.dirname, '../../system/notify/fake/main.ts')];
  const child = await startChild({
    name: 'provider',
    command,
    cwd: dir,
    env: { ...local.childEnv, PORT: String(port) },
    logFile: path.join(dir, 'provider.log'),
    ready: async () => void (await (await fetch(`${url}/admin/messages/kakao`)).text()),
    signal,
  });
  return { name: 'provider', version: 'ours', from: 'PATH', url, ...child } satisfies Part;
};

let patient: Patient;
before(async () => {
  const options = {
    split: true,
    env: { EVENTS: 'rabbitmq' },
    extras: [
      { variable: 'RABBITMQ_URL', start: (_, options) => startRabbitmq(options) },
      { variable: 'REPLICA_URL', start: (parts, options) => startPostgresReplica(parts.urls.postgres!, options) },
      { variable: 'NOTIFY_KAKAO_URL', start: provider },
    ] satisfies Extra[],
  };
  // With a broker there is one more role: who publishes to it.
  patient = await startPatient(options, ({ processes }) => {
    for (const { split } of processes) split?.into.push('publisher');
  });
});
after(() => patient?.system.stop());

test('without the broker commands and reads go on, and the read models catch up when it is back', async () => {
  const { outcomes } = await loadThrough(patient, kill, 'part:rabbitmq');
  noneFailed(outcomes, 'all');
});

test('cut off from the broker nothing fails, and nothing is lost', async () => {
  const { outcomes } = await loadThrough(patient, cut, 'part:rabbitmq');
  noneFailed(outcomes, 'all');
});

test('a broker that is slow makes the read models late and nothing else', async () => {
  const { outcomes } = await loadThroughSlowBroker(patient, 'part:rabbitmq');
  noneFailed(outcomes, 'all');
});

test('a receipt is read while its replica is down, from the primary, and while it is slow', async () => {
  const { system, headers } = patient;
  const [manager] = headers;
  const id = randomUUID();
  const payment = { id, studentId: randomUUID(), amountWon: 120_000, method: 'card', forMonth: '2026-09' };
  const post = await fetch(`${system.baseUrl}/api/v1/payments`, {
    method: 'POST',
    headers: { ...manager, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: JSON.stringify(payment),
  });
  assert.equal(post.status, 201, await post.text());
  const receipt = async () => {
    const answer = await fetch(`${system.baseUrl}/api/v1/payments/${id}/receipt`, { headers: manager! });
    return [answer.status, ((await answer.json()) as { data: { amountWon: number } }).data?.amountWon];
  };
  assert.deepEqual(await receipt(), [200, 120_000]);
  const seen: unknown[] = [];
  const { outcomes } = await loadThrough(
    patient,
    async (...all) => {
      const fault = await kill(...all);
      for (let n = 0; n < 5; n++) seen.push(await receipt());
      return fault;
    },
    'part:postgres-replica',
  );
  noneFailed(outcomes, 'all');
  assert.deepEqual(seen, Array(5).fill([200, 120_000]));
  const late = await slow(100)(system, 'part:postgres-replica');
  assert.deepEqual(await receipt(), [200, 120_000]);
  await late.end();
});

test('a provider that is dead delays no read model', async () => {
  const { outcomes } = await loadThrough(patient, kill, 'part:provider');
  noneFailed(outcomes, 'all');
});

test('a provider that is slow delays no read model', async () => {
  const { outcomes } = await loadThrough(patient, slow(1000), 'part:provider');
  noneFailed(outcomes, 'all');
});

test('each role of the worker that is killed alone stops no other one, and goes on where it was', async () => {
  for (const role of ['publisher', 'projections']) {
    const { outcomes } = await loadThrough(patient, kill, `worker-${role}`);
    noneFailed(outcomes, role);
  }
  noneFailed(await afterwards(patient), 'afterwards');
});
