// A client that missed its answer repeats the request while PostgreSQL is away: the memory in Redis gives what was accepted.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { createAnswers } from '../cache/answers.ts';
import { disconnectAll, testProcess } from '../cache/testing.ts';
import { until } from '../relay/testing.ts';
import { type CommandHandlers, commandHandlers } from './commands.ts';
import { contextOf, freshWriteModel, type TestWriteModel } from './testing.ts';

let model: TestWriteModel;
let gone: pg.Pool;
/** Two instances with one Redis: the first reaches PostgreSQL, the second does not. */
let whole: CommandHandlers;
let cutOff: CommandHandlers;
before(async () => {
  model = await freshWriteModel(['redis']);
  gone = new pg.Pool({ connectionString: 'postgres://127.0.0.1:1/none', connectionTimeoutMillis: 500 });
  const instance = async (pool: pg.Pool) => {
    const { guard, metrics } = await testProcess(model.urls.redis);
    return commandHandlers({ pool, hint() {}, answers: createAnswers({ redis: guard, metrics }) });
  };
  [whole, cutOff] = [await instance(model.pool), await instance(gone)];
});
after(async () => {
  disconnectAll();
  await gone.end();
  await model.close();
});

test('what was accepted is answered again without PostgreSQL, a new request is part.unavailable', async () => {
  const context = contextOf(randomUUID());
  const member = { id: randomUUID(), name: 'Kim', role: 'student' as const };
  const accepted = await whole.enrolMember(context, member);
  const checkInContext = contextOf(randomUUID());
  const entries = [{ id: randomUUID(), studentId: randomUUID(), mark: 'late' as const }];
  const checkIn = { classId: randomUUID(), date: '2026-11-22', entries };
  const checkedIn = await whole.checkIn(checkInContext, checkIn);

  // Answers reach Redis a moment after the commit.
  const again = () => cutOff.enrolMember(context, member).catch((error: { code: string }) => error.code);
  await until(async () => (await again()) !== 'part.unavailable');
  assert.deepEqual(await again(), { ...accepted, replayed: true });
  assert.deepEqual(await cutOff.checkIn(checkInContext, checkIn), { ...checkedIn, replayed: true });
  await assert.rejects(cutOff.enrolMember({ ...context, requestHash: 'another' }, member), {
    code: 'idempotency.reused',
  });
  await assert.rejects(cutOff.enrolMember(contextOf(randomUUID()), member), { code: 'part.unavailable' });
});
