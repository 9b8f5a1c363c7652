import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { audit } from './local/audit.ts';
import { until } from './relay/testing.ts';
import { type CommandHandlers, commandHandlers } from './write/commands.ts';
import { contextOf, freshWriteModel, type TestWriteModel } from './write/testing.ts';

interface Worker {
  child: ChildProcess;
  url: string;
}

let model: TestWriteModel;
let commands: CommandHandlers;
const children: ChildProcess[] = [];
before(async () => {
  model = await freshWriteModel(['mongodb', 'redis']);
  commands = commandHandlers({ pool: model.pool, hint() {} });
});
after(async () => {
  for (const child of children) child.kill('SIGKILL');
  await model.close();
});

async function startWorker(): Promise<Worker> {
  const child = spawn(process.execPath, [new URL('./worker.ts', import.meta.url).pathname], {
    env: {
      PORT: '0',
      DATABASE_URL: model.urls.postgres,
      MONGODB_URL: model.urls.mongodb,
      REDIS_URL: model.urls.redis,
      JWT_SECRET: 'only-for-this-one-test',
      RELAY_LEASE_MS: '1500',
      RELAY_BATCH: '5',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  for await (const line of createInterface(child.stdout)) {
    const { message, detail } = JSON.parse(line);
    if (message !== 'the worker carries events') continue;
    child.stdout.resume();
    const url = `http://127.0.0.1:${detail.address.port}`;
    await until(async () => (await fetch(`${url}/actuator/health/readiness`)).ok);
    return { child, url };
  }
  throw new Error('the worker ended before it was ready');
}

async function metric({ url }: Worker, series: string): Promise<number> {
  const body = await (await fetch(`${url}/metrics`)).text();
  const line = body.split('\n').find((text) => text.startsWith(`${series} `));
  assert.ok(line, `${series} is not exposed`);
  return Number(line.split(' ').at(-1));
}

const APPLIED = 'projection_events_total{projection="member-card",outcome="applied"}';

test('kill -9 of the worker in the middle of a stream: a second one takes over, and the audit is whole', async () => {
  const first = await startWorker();
  await until(async () => (await metric(first, 'relay_lanes_held')) === 8);
  const second = await startWorker();
  assert.equal(await metric(second, 'relay_lanes_held'), 0);

  const acknowledged: { id: string; version: number }[] = [];
  const members = 200;
  for (let n = 0; n < members; n++) {
    const id = randomUUID();
    const made = await Promise.all([
      commands.enrolMember(contextOf(randomUUID()), { id, name: 'Kim', role: 'student' }),
      commands.requestAttendance(contextOf(randomUUID()), {
        id: randomUUID(),
        classId: randomUUID(),
        studentId: id,
        date: '2026-11-22',
      }),
    ]);
    const [, requested] = made;
    const changed = await Promise.all([
      commands.renameMember(contextOf(randomUUID()), { id, name: `Kim ${n}` }),
      commands.confirmAttendance(contextOf(randomUUID()), { id: requested.id, mark: 'present' }),
    ]);
    acknowledged.push(...[...made, ...changed].map(({ id, version }) => ({ id, version })));
    if (n === members / 2) {
      assert.ok((await metric(first, APPLIED)) > 0, 'the first worker had done nothing yet: the test shows nothing');
      first.child.kill('SIGKILL');
    }
  }
  await until(async () => (await metric(second, 'relay_lanes_held')) === 8);
  const result = await audit(model.urls, acknowledged);
  assert.deepEqual(result, {
    acknowledged: 4 * members,
    published: 4 * members,
    projected: 4 * members,
    missing: [],
    missingTotal: 0,
    aggregates: 2 * members,
    events: 4 * members,
  });
  assert.ok((await metric(second, APPLIED)) > 0);
  await until(async () => (await metric(second, 'outbox_pending_events')) === 0);
  assert.equal(
    await metric(second, 'projection_lag_seconds_count{projection="member-card"}'),
    await metric(second, APPLIED),
  );

  second.child.kill('SIGTERM');
  const [code] = await once(second.child, 'exit');
  assert.equal(code, 0);
  const { rows } = await model.pool.query('select distinct holder from relay_lane');
  assert.deepEqual(rows, [{ holder: null }], 'a worker that stops gives its lanes back');
});

test('the audit says which acknowledged command is missing', async () => {
  const id = randomUUID();
  const result = await audit(model.urls, [{ id, version: 1 }]);
  assert.equal(result.missingTotal, 1);
  assert.deepEqual(result.missing, [{ id, version: 1, where: 'outbox', why: 'acknowledged, but 0 events are kept' }]);
});

test('an event that no projection understands ends as a dead letter, which the audit names', async () => {
  const worker = await startWorker();
  const id = randomUUID();
  await model.pool.query(`insert into member values ('t', $1, 1, 'Kim', 'student')`, [id]);
  await model.pool.query(
    `insert into outbox (lane, tenant_id, aggregate_type, aggregate_id, version, type, data)
     values (lane_of('t', $1), 't', 'member', $1, 1, 'MemberTeleported', '{}')`,
    [id],
  );
  await until(
    async () => (await metric(worker, 'projection_events_total{projection="member-card",outcome="dead"}')) === 1,
  );
  await until(async () => (await metric(worker, 'outbox_pending_events')) === 0);
  const { missing } = await audit(model.urls, [{ id, version: 1 }], 0);
  assert.deepEqual(missing, [
    {
      id,
      version: 1,
      where: 'projection',
      why: 'acknowledged, but not in the read model; dead letter of version 1: MemberTeleported as version 1 of a member card',
    },
  ]);
  worker.child.kill('SIGTERM');
  await once(worker.child, 'exit');
});
