import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { audit } from './local/audit.ts';
import { freshParts } from './local/testing.ts';
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

async function startWorker(settings: Record<string, string> = {}): Promise<Worker> {
  const child = spawn(process.execPath, [new URL('./worker.ts', import.meta.url).pathname], {
    env: {
      PORT: '0',
      DATABASE_URL: model.urls.postgres,
      MONGODB_URL: model.urls.mongodb,
      REDIS_URL: model.urls.redis,
      JWT_SECRET: 'only-for-this-one-test',
      RELAY_LEASE_MS: '1500',
      RELAY_BATCH: '5',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const said: string[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      said.push(line);
      const { message, detail } = JSON.parse(line);
      if (message === 'the worker carries events') resolve(detail.port);
    });
    child.on('exit', () => reject(new Error(`the worker ended before it was ready: ${said.join('\n')}`)));
  });
  const url = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(`${url}/actuator/health/readiness`)).ok).catch(async (error) => {
    const page = await (await fetch(`${url}/actuator/health/readiness`)).text();
    throw new Error(`${error.message}\n${page}\n${said.join('\n')}`);
  });
  return { child, url };
}

/** NaN while nothing was measured yet. */
async function metric({ url }: Worker, series: string): Promise<number> {
  const body = await (await fetch(`${url}/metrics`)).text();
  const line = body.split('\n').find((text) => text.startsWith(`${series} `));
  return line ? Number(line.split(' ').at(-1)) : Number.NaN;
}

const LANES_HELD = 'relay_lanes_held{group="read-models"}';
const PENDING = 'outbox_pending_events{group="read-models"}';
const APPLIED = 'projection_events_total{projection="member-card",outcome="applied"}';

test('kill -9 of one of three workers in the middle of a stream: the others take its lanes, and the audit is whole', async () => {
  const first = await startWorker();
  await until(async () => (await metric(first, LANES_HELD)) === 8);
  const others = [await startWorker(), await startWorker()];
  await until(async () =>
    (await Promise.all([first, ...others].map((one) => metric(one, LANES_HELD)))).every((n) => n <= 3),
  );

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
  await until(async () => (await Promise.all(others.map((one) => metric(one, LANES_HELD)))).every((n) => n === 4));
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
  for (const one of others) {
    assert.ok((await metric(one, APPLIED)) > 0, 'a worker that shares the lanes had nothing to do');
    await until(async () => (await metric(one, PENDING)) === 0);
    assert.equal(
      await metric(one, 'projection_lag_seconds_count{projection="member-card"}'),
      await metric(one, APPLIED),
    );
    one.child.kill('SIGTERM');
    const [code] = await once(one.child, 'exit');
    assert.equal(code, 0);
  }
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
  await model.pool.query(
    `insert into aggregate (tenant_id, type, id, version, state, created_at, updated_at)
     values ('t', 'member', $1, 1, '{}', now(), now())`,
    [id],
  );
  await model.pool.query(
    `insert into outbox (lane, tenant_id, aggregate_type, aggregate_id, version, type, data)
     values (lane_of('t', $1), 't', 'member', $1, 1, 'MemberTeleported', '{}')`,
    [id],
  );
  await until(
    async () => (await metric(worker, 'projection_events_total{projection="member-card",outcome="dead"}')) === 1,
  );
  await until(async () => (await metric(worker, PENDING)) === 0);
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

test('each role in a process of its own, events by RabbitMQ: a command reaches the read model, and each process says what it does', async () => {
  const broker = await freshParts(['rabbitmq'], { own: true });
  try {
    const settings = { EVENTS: 'rabbitmq', RABBITMQ_URL: broker.urls.rabbitmq };
    const [publisher, projections] = [
      await startWorker({ ...settings, WORKER_ROLES: 'publisher' }),
      await startWorker({ ...settings, WORKER_ROLES: 'projections' }),
    ];
    assert.deepEqual(await (await fetch(`${publisher.url}/actuator/info`)).json(), {
      roles: ['publisher'],
      events: 'rabbitmq',
    });
    const id = randomUUID();
    await commands.enrolMember(contextOf(randomUUID()), { id, name: 'Kim', role: 'student' });
    // Not one long audit: it would wait for the dead letter of the test before.
    await until(async () => (await audit(model.urls, [{ id, version: 1 }], 0)).projected === 1);
    assert.ok((await metric(publisher, 'broker_messages_total{operation="published"}')) > 0);
    assert.ok((await metric(projections, 'broker_messages_total{operation="received"}')) > 0);
    assert.equal(await metric(publisher, APPLIED), 0);
    await until(async () => (await metric(projections, PENDING)) === 0);

    // Without its broker a worker is not ready, and says what is missing.
    broker.own.list[0]!.kill('SIGKILL');
    await until(async () => {
      const answer = await fetch(`${projections.url}/actuator/health/readiness`);
      const { components } = (await answer.json()) as { components: Record<string, { status: string }> };
      return answer.status === 503 && components.events?.status === 'DOWN';
    });
    for (const worker of [publisher, projections]) {
      worker.child.kill('SIGTERM');
      assert.deepEqual(await once(worker.child, 'exit'), [0, null]);
    }
  } finally {
    await broker.close();
  }
});

test('a worker that is told to publish where there is no broker says so and ends', async () => {
  const child = spawn(process.execPath, [new URL('./worker.ts', import.meta.url).pathname], {
    env: {
      DATABASE_URL: model.urls.postgres,
      MONGODB_URL: model.urls.mongodb,
      REDIS_URL: model.urls.redis,
      JWT_SECRET: 'only-for-this-one-test',
      WORKER_ROLES: 'publisher',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => (said += chunk));
  assert.deepEqual(await once(child, 'close'), [2, null]);
  assert.match(said, /WORKER_ROLES: a publisher needs EVENTS=rabbitmq or EVENTS=kafka/);
});
