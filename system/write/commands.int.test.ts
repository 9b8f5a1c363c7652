import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { type CommandHandlers, commandHandlers } from './commands.ts';
import { migrate } from './migrate.ts';
import { contextOf, freshWriteModel, type TestWriteModel } from './testing.ts';

let model: TestWriteModel;
let commands: CommandHandlers;
let hints = 0;
before(async () => {
  model = await freshWriteModel();
  commands = commandHandlers({ pool: model.pool, hint: () => hints++ });
});
after(() => model.close());

async function eventsOf(id: string) {
  const { rows } = await model.pool.query(
    'select type, version, data, lane from outbox where aggregate_id = $1 order by outbox.xid, outbox.seq',
    [id],
  );
  return rows;
}
const request = () => ({ id: randomUUID(), classId: randomUUID(), studentId: randomUUID(), date: '2026-11-22' });
const enrolment = () => ({ id: randomUUID(), name: 'Kim', role: 'student' as const, phone: null });

test('migrating again applies nothing', async () => {
  assert.deepEqual(await migrate(model.urls.postgres), []);
});

test('a lane of the outbox always has its row in relay_lane', async () => {
  const { rows } = await model.pool.query(
    `select distinct lane_of('t' || n, gen_random_uuid()) as lane from generate_series(1, 1000) n
     order by lane`,
  );
  const lanes = await model.pool.query("select lane from relay_lane where consumer = 'read-models' order by lane");
  assert.deepEqual(rows, lanes.rows);
});

test('commands store the state, its version and one event each, and hint after the commit', async () => {
  const before = hints;
  const { id } = enrolment();
  const enrolled = await commands.enrolMember(contextOf(randomUUID()), {
    id,
    name: 'Kim',
    role: 'parent',
    phone: '010',
  });
  assert.deepEqual(enrolled, {
    id,
    version: 1,
    status: 201,
    replayed: false,
    data: { id, version: 1, name: 'Kim', role: 'parent' },
    json: `{"id":"${id}","version":1,"name":"Kim","role":"parent"}`,
  });
  const renamed = await commands.renameMember(contextOf(randomUUID()), { id, name: 'Lee' });
  assert.equal(renamed.version, 2);
  assert.equal(renamed.status, 200);
  const { rows } = await model.pool.query('select version, state from member where id = $1', [id]);
  assert.deepEqual(rows, [{ version: 2, state: { name: 'Lee', role: 'parent', phone: '010', guardianId: null } }]);
  const events = await eventsOf(id);
  assert.deepEqual(
    events.map(({ type, version, data }) => ({ type, version, data })),
    [
      { type: 'MemberCreated', version: 1, data: { name: 'Kim', role: 'parent', phone: '010', guardianId: null } },
      { type: 'MemberUpdated', version: 2, data: { name: 'Lee' } },
    ],
  );
  assert.equal(new Set(events.map(({ lane }) => lane)).size, 1);
  assert.equal(hints, before + 2);
});

test('an attendance is requested, confirmed once, and refused after that', async () => {
  const asked = request();
  await commands.requestAttendance(contextOf(randomUUID()), asked);
  const confirmed = await commands.confirmAttendance(contextOf(randomUUID()), { id: asked.id, mark: 'late' });
  assert.deepEqual(confirmed.data, { ...asked, version: 2, status: 'confirmed', mark: 'late' });
  await assert.rejects(commands.confirmAttendance(contextOf(randomUUID()), { id: asked.id, mark: 'present' }), {
    code: 'attendance.confirmed',
  });
  await assert.rejects(commands.requestAttendance(contextOf(randomUUID()), asked), { code: 'attendance.exists' });
  await assert.rejects(commands.renameMember(contextOf(randomUUID()), { id: randomUUID(), name: 'x' }), {
    code: 'member.unknown',
  });
  assert.equal((await eventsOf(asked.id)).length, 2);
});

test('a creating command costs one round trip, a changing one two', async () => {
  let queries = 0;
  const counting = {
    query(q: pg.QueryConfig) {
      queries++;
      return model.pool.query(q);
    },
  } as unknown as pg.Pool;
  const counted = commandHandlers({ pool: counting, hint() {} });
  const member = enrolment();
  await counted.enrolMember(contextOf(randomUUID()), member);
  assert.equal(queries, 1);
  await counted.renameMember(contextOf(randomUUID()), { id: member.id, name: 'Lee' });
  assert.equal(queries, 3);
});

test('a repeated key gives the very same answer and does nothing, for creating and for changing commands', async () => {
  const member = enrolment();
  const [create, rename] = [contextOf(randomUUID()), contextOf(randomUUID())];
  const first = await commands.enrolMember(create, member);
  await commands.renameMember(rename, { id: member.id, name: 'Lee' });
  const again = await commands.enrolMember(create, member);
  assert.equal(JSON.stringify(again), JSON.stringify({ ...first, replayed: true }));
  const renamedAgain = await commands.renameMember(rename, { id: member.id, name: 'Lee' });
  assert.equal(renamedAgain.replayed, true);
  assert.equal(renamedAgain.version, 2);
  assert.equal((await eventsOf(member.id)).length, 2);
});

test('a key that was used with another request is refused; other actors and tenants have keys of their own', async () => {
  const key = randomUUID();
  const member = enrolment();
  await commands.enrolMember(contextOf(key), member);
  await assert.rejects(commands.enrolMember(contextOf(key, 'another'), enrolment()), { code: 'idempotency.reused' });
  await assert.rejects(commands.renameMember(contextOf(key, 'another'), { id: member.id, name: 'x' }), {
    code: 'idempotency.reused',
  });
  for (const other of [{ actor: 'manager-2' }, { tenantId: 'u' }]) {
    const accepted = await commands.enrolMember({ ...contextOf(key), ...other }, enrolment());
    assert.equal(accepted.replayed, false);
  }
});

test('the same request many times at once acts once, and every caller gets the same answer', async () => {
  for (let round = 0; round < 20; round++) {
    const asked = request();
    const create = contextOf(randomUUID());
    const created = await Promise.all(Array.from({ length: 5 }, () => commands.requestAttendance(create, asked)));
    assert.equal(created.filter(({ replayed }) => !replayed).length, 1);
    const confirm = contextOf(randomUUID());
    const input = { id: asked.id, mark: 'present' as const };
    const confirmed = await Promise.all(Array.from({ length: 5 }, () => commands.confirmAttendance(confirm, input)));
    assert.equal(confirmed.filter(({ replayed }) => !replayed).length, 1);
    assert.equal(new Set(confirmed.map(({ data }) => JSON.stringify(data))).size, 1);
    assert.equal((await eventsOf(asked.id)).length, 2);
  }
});

test('one key on two different aggregates at once: one acts, the other leaves no trace', async () => {
  for (let round = 0; round < 20; round++) {
    const key = randomUUID();
    const [a, b] = [enrolment(), enrolment()];
    const results = await Promise.allSettled([
      commands.enrolMember(contextOf(key, 'a'), a),
      commands.enrolMember(contextOf(key, 'b'), b),
    ]);
    assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    const rejected = results.find((result) => result.status === 'rejected');
    assert.equal(rejected?.reason.code, 'idempotency.reused');
    assert.equal((await eventsOf(a.id)).length + (await eventsOf(b.id)).length, 1);
    const { rows } = await model.pool.query('select count(*)::int as n from member where id = any($1)', [[a.id, b.id]]);
    assert.equal(rows[0].n, 1);
  }
});

test('two different commands on one aggregate at once are both carried out, one after the other', async () => {
  const member = enrolment();
  await commands.enrolMember(contextOf(randomUUID()), member);
  const renamed = await Promise.all(
    ['Lee', 'Park'].map((name) => commands.renameMember(contextOf(randomUUID()), { id: member.id, name })),
  );
  assert.deepEqual(renamed.map(({ version }) => version).sort(), [2, 3]);
});

test('a rival who always is faster ends in write.conflict, not in an endless loop', async () => {
  const member = enrolment();
  await commands.enrolMember(contextOf(randomUUID()), member);
  let stores = 0;
  const raced = {
    async query(q: pg.QueryConfig) {
      if (q.name === 'store') {
        stores++;
        await commands.renameMember(contextOf(randomUUID()), { id: member.id, name: `rival ${stores}` });
      }
      return model.pool.query(q);
    },
  } as unknown as pg.Pool;
  const slow = commandHandlers({ pool: raced, hint() {} });
  await assert.rejects(slow.renameMember(contextOf(randomUUID()), { id: member.id, name: 'Lee' }), {
    code: 'write.conflict',
  });
  assert.equal(stores, 4);
});

test('data that PostgreSQL cannot keep is the caller\u2019s mistake', async () => {
  const nul = { ...enrolment(), name: 'a\u0000b' };
  await assert.rejects(commands.enrolMember(contextOf(randomUUID()), nul), { code: 'request.invalid' });
});

test('a lock that is not given in time and a server that is gone are part.unavailable', async () => {
  const impatient = new pg.Pool({ connectionString: model.urls.postgres, statement_timeout: 100 });
  const blocker = await model.pool.connect();
  try {
    const member = enrolment();
    await commands.enrolMember(contextOf(randomUUID()), member);
    await blocker.query('begin');
    await blocker.query('select 1 from member where id = $1 for update', [member.id]);
    const handlers = commandHandlers({ pool: impatient, hint() {} });
    await assert.rejects(handlers.renameMember(contextOf(randomUUID()), { id: member.id, name: 'Lee' }), {
      code: 'part.unavailable',
    });
  } finally {
    await blocker.query('rollback');
    blocker.release();
    await impatient.end();
  }
  const gone = new pg.Pool({ connectionString: 'postgres://127.0.0.1:1/none', connectionTimeoutMillis: 500 });
  const handlers = commandHandlers({ pool: gone, hint() {} });
  await assert.rejects(handlers.enrolMember(contextOf(randomUUID()), enrolment()), { code: 'part.unavailable' });
  await gone.end();
});
