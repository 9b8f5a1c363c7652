// What must hold of each command alike: its events and its state, and that a key acts once, however often and at once it comes.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type Accepted, type CommandContext, type CommandHandlers, commandHandlers } from './commands.ts';
import { contextOf, freshWriteModel, type TestWriteModel } from './testing.ts';

let model: TestWriteModel;
let commands: CommandHandlers;
before(async () => {
  model = await freshWriteModel();
  commands = commandHandlers({ pool: model.pool, hint() {} });
});
after(() => model.close());

interface Case {
  /** What must be there before; gives the command with its input. */
  prepare(): Promise<(context: CommandContext) => Promise<Accepted>>;
  status: 200 | 201 | 204;
  table: string;
  /** Types of the events of the aggregate after it, all versions. */
  events: string[];
}

const lessons = [{ weekday: 2, startsAt: '16:00', endsAt: '17:00' }];
const newContext = () => contextOf(randomUUID());

async function aClass(capacity = 20): Promise<string> {
  const id = randomUUID();
  const class_ = { id, name: 'Maths', teacherId: randomUUID(), capacity, schedule: lessons };
  await commands.createClass(newContext(), class_);
  return id;
}

async function aPayment(): Promise<string> {
  const id = randomUUID();
  const paid = { id, studentId: randomUUID(), amountWon: 120_000, method: 'card', forMonth: '2026-11' } as const;
  await commands.recordPayment(newContext(), paid);
  return id;
}

async function anEnrolment(): Promise<string> {
  const id = randomUUID();
  await commands.enrolStudent(newContext(), { id, classId: await aClass(), studentId: randomUUID() });
  return id;
}

async function aMember(): Promise<string> {
  const id = randomUUID();
  await commands.enrolMember(newContext(), { id, name: 'Kim', role: 'student' });
  return id;
}

async function anAttendance(): Promise<string> {
  const id = randomUUID();
  const asked = { id, classId: randomUUID(), studentId: randomUUID(), date: '2026-11-22' };
  await commands.requestAttendance(newContext(), asked);
  return id;
}

const CASES: Record<Exclude<keyof CommandHandlers, 'checkIn'>, Case> = {
  enrolMember: {
    async prepare() {
      const id = randomUUID();
      const guardianId = await aMember();
      return (context) => commands.enrolMember(context, { id, name: 'Kim', role: 'student', phone: '010', guardianId });
    },
    status: 201,
    table: 'member',
    events: ['MemberCreated'],
  },
  renameMember: {
    async prepare() {
      const id = await aMember();
      return (context) => commands.renameMember(context, { id, name: 'Lee' });
    },
    status: 200,
    table: 'member',
    events: ['MemberCreated', 'MemberUpdated'],
  },
  createClass: {
    async prepare() {
      const class_ = { id: randomUUID(), name: 'Art', teacherId: randomUUID(), capacity: 5, schedule: lessons };
      return (context) => commands.createClass(context, class_);
    },
    status: 201,
    table: 'class',
    events: ['ClassCreated'],
  },
  updateClass: {
    async prepare() {
      const id = await aClass();
      return (context) => commands.updateClass(context, { id, capacity: 7, name: undefined });
    },
    status: 200,
    table: 'class',
    events: ['ClassCreated', 'ClassUpdated'],
  },
  enrolStudent: {
    async prepare() {
      const input = { id: randomUUID(), classId: await aClass(1), studentId: randomUUID() };
      return (context) => commands.enrolStudent(context, input);
    },
    status: 201,
    table: 'enrolment',
    events: ['StudentEnrolled'],
  },
  withdrawStudent: {
    async prepare() {
      const id = await anEnrolment();
      return (context) => commands.withdrawStudent(context, { id });
    },
    status: 204,
    table: 'enrolment',
    events: ['StudentEnrolled', 'StudentWithdrawn'],
  },
  requestAttendance: {
    async prepare() {
      const input = { id: randomUUID(), classId: randomUUID(), studentId: randomUUID(), date: '2026-11-22' };
      return (context) => commands.requestAttendance(context, input);
    },
    status: 201,
    table: 'attendance',
    events: ['AttendanceRequested'],
  },
  confirmAttendance: {
    async prepare() {
      const id = await anAttendance();
      return (context) => commands.confirmAttendance(context, { id, mark: 'late' });
    },
    status: 200,
    table: 'attendance',
    events: ['AttendanceRequested', 'AttendanceConfirmed'],
  },
  recordPayment: {
    async prepare() {
      const input = {
        id: randomUUID(),
        studentId: randomUUID(),
        amountWon: 5,
        method: 'cash',
        forMonth: '2026-01',
      } as const;
      return (context) => commands.recordPayment(context, input);
    },
    status: 201,
    table: 'payment',
    events: ['PaymentRecorded'],
  },
  refundPayment: {
    async prepare() {
      const id = await aPayment();
      return (context) => commands.refundPayment(context, { id, reason: 'moved away' });
    },
    status: 200,
    table: 'payment',
    events: ['PaymentRecorded', 'PaymentRefunded'],
  },
};

async function eventsOf(id: string) {
  const { rows } = await model.pool.query(
    `select type, version, lane, trace_parent, aggregate_type, occurred_at from outbox where aggregate_id = $1 order by version`,
    [id],
  );
  return rows;
}

async function rowOf(table: string, id: string) {
  const { rows } = await model.pool.query(
    `select version, state, created_at, updated_at from ${table} where tenant_id = 't' and id = $1`,
    [id],
  );
  assert.equal(rows.length, 1);
  return rows[0];
}

for (const [name, { prepare, status, table, events }] of Object.entries(CASES)) {
  test(`${name}: state, events and times belong together, and the events carry the trace`, async () => {
    const run = await prepare();
    const context = newContext();
    const accepted = await run(context);
    const { id } = accepted;
    assert.equal(accepted.status, status);
    assert.equal(accepted.version, events.length);
    assert.equal(accepted.data.version, events.length);
    const kept = await eventsOf(id);
    assert.deepEqual(
      kept.map(({ type }) => type),
      events,
    );
    assert.deepEqual(
      kept.map(({ version }) => version),
      events.map((_, n) => n + 1),
    );
    assert.equal(new Set(kept.map(({ lane }) => lane)).size, 1);
    assert.ok(kept.every(({ aggregate_type }) => aggregate_type === table));
    assert.equal(kept.at(-1).trace_parent, context.traceParent);
    const row = await rowOf(table, id);
    assert.equal(row.version, events.length);
    assert.deepEqual(row.created_at, kept[0].occurred_at);
    assert.deepEqual(row.updated_at, kept.at(-1).occurred_at);
  });

  test(`${name}: the same key again, one by one and at once, gives the same answer and does nothing`, async () => {
    for (let round = 0; round < 10; round++) {
      const run = await prepare();
      const context = newContext();
      const together = await Promise.all(Array.from({ length: 5 }, () => run(context)));
      const again = await run(context);
      assert.equal(together.filter(({ replayed }) => !replayed).length, 1);
      assert.equal(again.replayed, true);
      assert.equal(new Set([...together, again].map(({ data }) => JSON.stringify(data))).size, 1);
      assert.ok(together.every((one) => one.status === status));
      assert.equal((await eventsOf(again.id)).length, events.length);
    }
  });

  test(`${name}: a key that was used with another request is refused`, async () => {
    const run = await prepare();
    const context = newContext();
    const { id } = await run(context);
    const before = await eventsOf(id);
    await assert.rejects(run({ ...context, requestHash: 'another' }), { code: 'idempotency.reused' });
    const other = await prepare();
    await assert.rejects(other({ ...context, requestHash: 'another' }), { code: 'idempotency.reused' });
    assert.deepEqual(await eventsOf(id), before);
  });

  test(`${name}: with another key it is refused, or done once more, but never lost`, async () => {
    const run = await prepare();
    const first = await run(newContext());
    const second = await run(newContext()).catch((error: { code: string }) => error.code);
    if (typeof second === 'string') assert.match(second, /\.(exists|withdrawn|confirmed|refunded)$/);
    else assert.equal(second.version, first.version + 1);
  });
}
