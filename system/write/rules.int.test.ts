// Rules across aggregates, which the database keeps, under rivals who try at the same time.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
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

async function aClass(capacity: number): Promise<string> {
  const id = randomUUID();
  await commands.createClass(newContext(), { id, name: 'Maths', teacherId: randomUUID(), capacity, schedule: [] });
  return id;
}

const join = (classId: string, studentId = randomUUID(), id = randomUUID()) =>
  commands.enrolStudent(newContext(), { id, classId, studentId });

async function codesOf(attempts: Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(attempts);
  return settled.map((one) => (one.status === 'fulfilled' ? 'accepted' : one.reason.code)).sort();
}

test('nobody joins a class that does not exist', async () => {
  await assert.rejects(join(randomUUID()), { code: 'class.unknown', status: 404 });
});

test('ten students at once want the three places of a class: three get one', async () => {
  for (let round = 0; round < 5; round++) {
    const classId = await aClass(3);
    const codes = await codesOf(Array.from({ length: 10 }, () => join(classId)));
    assert.deepEqual(codes, [...Array(3).fill('accepted'), ...Array(7).fill('class.full')]);
    const { rows } = await model.pool.query(
      `select count(*)::int as n, (select count(*)::int from outbox where data->>'classId' = $1 and type = 'StudentEnrolled') as events
       from enrolment where state->>'classId' = $1`,
      [classId],
    );
    assert.deepEqual(rows, [{ n: 3, events: 3 }]);
  }
});

test('who leaves makes a place, a smaller class takes nobody in', async () => {
  const classId = await aClass(1);
  const { id } = await join(classId);
  await assert.rejects(join(classId), { code: 'class.full' });
  await commands.withdrawStudent(newContext(), { id });
  await join(classId);
  await commands.updateClass(newContext(), { id: classId, capacity: 2 });
  await join(classId);
  await commands.updateClass(newContext(), { id: classId, capacity: 1 });
  await assert.rejects(join(classId), { code: 'class.full' });
});

test('a student is in a class once, also when asked for twice at once, and may come back after leaving', async () => {
  const classId = await aClass(20);
  for (let round = 0; round < 10; round++) {
    const studentId = randomUUID();
    const codes = await codesOf([join(classId, studentId), join(classId, studentId)]);
    assert.deepEqual(codes, ['accepted', 'enrolment.twice']);
  }
  const other = await aClass(20);
  const studentId = randomUUID();
  const { id } = await join(other, studentId);
  await commands.withdrawStudent(newContext(), { id });
  await join(other, studentId);
  await assert.rejects(join(other, studentId), { code: 'enrolment.twice' });
});

test('a receipt number stands for one payment of a tenant', async () => {
  const paid = { studentId: randomUUID(), amountWon: 1000, method: 'card', forMonth: '2026-11' } as const;
  const twins = ['1111', '2222'].map((head) => `${head}1111-1111-4111-8111-9f3a22c177b0`);
  await commands.recordPayment(newContext(), { id: twins[0]!, ...paid });
  await assert.rejects(commands.recordPayment(newContext(), { id: twins[1]!, ...paid }), {
    code: 'payment.receipt-taken',
  });
  await commands.recordPayment({ ...newContext(), tenantId: 'another' }, { id: twins[1]!, ...paid });
});

test('rivals who change one class at once are both heard, one after the other', async () => {
  const id = await aClass(5);
  const changed = await Promise.all([
    commands.updateClass(newContext(), { id, capacity: 9 }),
    commands.updateClass(newContext(), { id, name: 'Algebra' }),
  ]);
  assert.deepEqual(changed.map(({ version }) => version).sort(), [2, 3]);
  const { rows } = await model.pool.query('select state from class where id = $1', [id]);
  assert.equal(rows[0].state.capacity, 9);
  assert.equal(rows[0].state.name, 'Algebra');
});
