import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import type { CheckIn } from './check-in.ts';
import { type CommandHandlers, commandHandlers } from './commands.ts';
import { contextOf, freshWriteModel, type TestWriteModel } from './testing.ts';

let model: TestWriteModel;
let commands: CommandHandlers;
before(async () => {
  model = await freshWriteModel();
  commands = commandHandlers({ pool: model.pool, hint() {} });
});
after(() => model.close());

const newContext = () => contextOf(randomUUID());

function aCheckIn(count: number): CheckIn {
  const mark = (n: number) => (['present', 'late', 'absent'] as const)[n % 3]!;
  const entries = Array.from({ length: count }, (_, n) => ({
    id: randomUUID(),
    studentId: randomUUID(),
    mark: mark(n),
  }));
  return { classId: randomUUID(), date: '2026-11-22', entries };
}

async function kept({ classId }: CheckIn) {
  const { rows } = await model.pool.query(
    `select (select count(*)::int from attendance where state->>'classId' = $1) as attendances,
      (select count(*)::int from outbox where data->>'classId' = $1) as events`,
    [classId],
  );
  return rows[0];
}

test('a class of a hundred is checked in with one round trip and one transaction, each entry with two events', async () => {
  let queries = 0;
  const counting = {
    query(q: pg.QueryConfig) {
      queries++;
      return model.pool.query(q);
    },
  } as unknown as pg.Pool;
  let hints = 0;
  const counted = commandHandlers({ pool: counting, hint: () => hints++ });
  const input = aCheckIn(100);
  const accepted = await counted.checkIn(newContext(), input);
  assert.equal(queries, 1);
  assert.equal(hints, 1);
  const entries = input.entries.map(({ id }) => ({ id, version: 2 }));
  assert.deepEqual(accepted, {
    id: input.classId,
    version: 0,
    status: 201,
    replayed: false,
    data: { id: input.classId, version: 0, entries },
    json: JSON.stringify({ id: input.classId, version: 0, entries }),
  });
  assert.deepEqual(await kept(input), { attendances: 100, events: 200 });
  const { rows: transactions } = await model.pool.query(
    `select count(distinct outbox.xid)::int as n, count(distinct occurred_at)::int as times from outbox where data->>'classId' = $1`,
    [input.classId],
  );
  assert.deepEqual(transactions, [{ n: 1, times: 1 }]);
  const { id, studentId, mark } = input.entries[7]!;
  const { rows } = await model.pool.query(
    'select version, type, data, lane = lane_of($1, $2) as in_lane from outbox where aggregate_id = $2 order by seq',
    ['t', id],
  );
  const at = { classId: input.classId, date: input.date, studentId };
  assert.deepEqual(rows, [
    { version: 1, type: 'AttendanceRequested', data: at, in_lane: true },
    { version: 2, type: 'AttendanceConfirmed', data: { ...at, mark }, in_lane: true },
  ]);
  const { rows: states } = await model.pool.query('select version, state from attendance where id = $1', [id]);
  assert.deepEqual(states, [{ version: 2, state: { ...at, status: 'confirmed', mark } }]);
});

test('one entry that exists refuses all of them and is named by its place', async () => {
  const input = aCheckIn(5);
  const { studentId } = input.entries[3]!;
  const taken = { id: input.entries[3]!.id, classId: randomUUID(), studentId, date: '2026-11-21' };
  await commands.requestAttendance(newContext(), taken);
  const context = newContext();
  await assert.rejects(commands.checkIn(context, input), { code: 'attendance.exists', message: /entries\.3$/ });
  assert.deepEqual(await kept(input), { attendances: 0, events: 0 });
  const { rows } = await model.pool.query('select 1 from idempotency where key = $1', [context.idempotencyKey]);
  assert.equal(rows.length, 0);
});

test('an id or a student named twice refuses all, before anything is asked of the database', async () => {
  const input = aCheckIn(3);
  input.entries[2]!.studentId = input.entries[0]!.studentId;
  await assert.rejects(commands.checkIn(newContext(), input), { code: 'request.invalid', message: /entries\.2$/ });
  assert.deepEqual(await kept(input), { attendances: 0, events: 0 });
});

test('the same check-in five times at once, and once more, acts once', async () => {
  for (let round = 0; round < 10; round++) {
    const input = aCheckIn(20);
    const context = newContext();
    const answers = await Promise.all(Array.from({ length: 5 }, () => commands.checkIn(context, input)));
    answers.push(await commands.checkIn(context, input));
    assert.equal(answers.filter(({ replayed }) => !replayed).length, 1);
    assert.equal(new Set(answers.map(({ data }) => JSON.stringify(data))).size, 1);
    assert.deepEqual(await kept(input), { attendances: 20, events: 40 });
  }
});

test('a key that was used with another request is refused, and two check-ins with one key at once leave one', async () => {
  const [first, second] = [aCheckIn(10), aCheckIn(10)];
  const context = newContext();
  const results = await Promise.allSettled([
    commands.checkIn({ ...context, requestHash: 'a' }, first),
    commands.checkIn({ ...context, requestHash: 'b' }, second),
  ]);
  assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  const rejected = results.find((one) => one.status === 'rejected');
  assert.equal(rejected?.reason.code, 'idempotency.reused');
  assert.equal((await kept(first)).attendances + (await kept(second)).attendances, 10);
});

test('check-ins that share entries, in any order, never block each other for ever: one wins whole', async () => {
  for (let round = 0; round < 10; round++) {
    const shared = aCheckIn(30).entries;
    const rivals = [shared, shared.toReversed()].map((entries) => ({ ...aCheckIn(0), entries }));
    const results = await Promise.allSettled(rivals.map((rival) => commands.checkIn(newContext(), rival)));
    assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    assert.equal(results.find((one) => one.status === 'rejected')?.reason.code, 'attendance.exists');
    const counts = await Promise.all(rivals.map(kept));
    assert.deepEqual(counts.map(({ attendances }) => attendances).sort(), [0, 30]);
  }
});
