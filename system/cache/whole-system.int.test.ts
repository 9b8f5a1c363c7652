// The whole system with a Redis Cluster for its one Redis, and what a user notices when all of it is killed in the middle of a load.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { silent } from '../../cli/progress.ts';
import { scratchDir } from '../local/parts.ts';
import { type RedisCluster, startRedisCluster } from '../local/redis-cluster.ts';
import { type Running, runHook, startService } from '../local/service.ts';
import { readService } from '../local/service-spec.ts';
import { freshParts, type TestParts } from '../local/testing.ts';
import { until } from './testing.ts';

const checkout = join(import.meta.dirname, '../..');
const DATE = '2026-03-02';
/** The read-your-writes wait is long so that a busy machine is not taken for a stale read; the limit out of the way of the load. */
const env = { READ_WAIT_MS: '20000', LOG_LEVEL: 'warn', LIMIT_GENERAL_PER_MINUTE: '100000' };

let parts: TestParts;
let cluster: RedisCluster;
let scratch: Awaited<ReturnType<typeof scratchDir>>;
let running: Running;
let manager: Record<string, string>;

before(async () => {
  const spec = await readService(join(checkout, 'system/service.yaml'));
  scratch = await scratchDir();
  parts = await freshParts(['postgres', 'mongodb']);
  cluster = await startRedisCluster({ dir: scratch.dir, progress: silent });
  const options = { checkout, parts: { urls: { ...parts.urls, redis: cluster.url }, list: [] }, env };
  await runHook(spec, 'prepare', options);
  const people = [{ tenant: 'academy-1', role: 'manager', subject: 'manager-1' }];
  [manager] = JSON.parse((await runHook(spec, 'identities', { ...options, stdin: JSON.stringify(people) }))!);
  running = await startService(spec, { ...options, dir: scratch.dir });
});
after(async () => {
  await running?.stop();
  await cluster?.stop();
  await parts?.close();
  await scratch?.remove();
});

async function call(method: string, path: string, body?: unknown, key: string = randomUUID()) {
  const response = await fetch(`${running.baseUrl}/api/v1${path}`, {
    method,
    headers: {
      ...manager,
      ...(body !== undefined && { 'content-type': 'application/json', 'idempotency-key': key }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const json = (await response.json()) as { data: Record<string, unknown>; meta: Record<string, unknown> };
  return { status: response.status, replayed: response.headers.get('idempotency-replayed') === 'true', ...json };
}

const enrol = (id: string, key?: string) =>
  call('POST', '/members', { id, name: 'Kim Minji', role: 'student', phone: '010-1234-5678' }, key);
const statistic = () => call('GET', `/statistics/attendance?date=${DATE}`);

test('commands, their retries, reads and cached reads work on a Redis Cluster', async () => {
  const [id, key] = [randomUUID(), randomUUID()];
  assert.equal((await enrol(id, key)).status, 201);
  assert.equal((await enrol(id, key)).replayed, true);
  const card = await call('GET', `/members/${id}?minVersion=1`);
  assert.deepEqual([card.status, card.meta.stale], [200, false]);
  await until(async () => (await statistic()).meta.cache === 'hit');
  const attendance = { id: randomUUID(), classId: randomUUID(), studentId: id, date: DATE };
  assert.equal((await call('POST', '/attendances', attendance)).status, 201);
  // Only the event can make the kept statistic old so soon.
  await until(async () => (await statistic()).data.requested === 1);
});

test('all of Redis killed in the middle of a load costs nobody a request, and no retried command acts twice', async () => {
  const ids = Array.from({ length: 60 }, () => randomUUID());
  const statuses: number[] = [];
  const acknowledged: string[] = [];
  await Promise.all(
    [0, 1, 2, 3].map(async (user) => {
      for (const [i, id] of ids.entries()) {
        if (i % 4 !== user) continue;
        if (i === 20) cluster.kill('SIGKILL');
        const key = randomUUID();
        const [first, retried] = [await enrol(id, key), await enrol(id, key)];
        assert.deepEqual([first.status, first.replayed, retried.status, retried.replayed], [201, false, 201, true]);
        acknowledged.push(id);
        statuses.push((await statistic()).status, (await call('GET', `/members/${id}?minVersion=1`)).status);
      }
    }),
  );
  assert.equal(acknowledged.length, ids.length);
  assert.deepEqual([...new Set(statuses)], [200]);
  assert.equal((await statistic()).meta.cache, 'off');
});
