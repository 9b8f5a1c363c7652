// The whole way with the real worker process: committed commands, the outbox, the queues, the provider.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { after, before, beforeEach, suite, test } from 'node:test';
import { MongoClient } from 'mongodb';
import { commandHandlers } from '../write/commands.ts';
import { contextOf, freshWriteModel, type TestWriteModel } from '../write/testing.ts';
import { type FakeProvider, startFakeProvider } from './fake/provider.ts';
import { until } from './testing.ts';

const WORKER = path.join(import.meta.dirname, '..', 'worker.ts');
const GUARDIAN = randomUUID();
const STUDENT = randomUUID();

suite('notifications from the worker process', { timeout: 120_000 }, () => {
  let model: TestWriteModel;
  let mongo: MongoClient;
  let provider: FakeProvider;
  let commands: ReturnType<typeof commandHandlers>;
  const workers: ChildProcess[] = [];

  before(async () => {
    model = await freshWriteModel(['mongodb', 'redis']);
    mongo = new MongoClient(model.urls.mongodb);
    provider = await startFakeProvider();
    commands = commandHandlers({ pool: model.pool, hint() {} });
    const enrol = (id: string, name: string, more: object) =>
      commands.enrolMember(contextOf(randomUUID()), { id, name, role: 'student', ...more });
    await enrol(GUARDIAN, 'Kim Jisoo', { role: 'parent', phone: '010-1234-5678' });
    await enrol(STUDENT, 'Kim Minji', { guardianId: GUARDIAN });
  });
  after(async () => {
    for (const worker of workers) worker.kill('SIGKILL');
    await provider.stop();
    await mongo.close();
    await model.close();
  });
  beforeEach(() => fetch(`${provider.url}/admin`, { method: 'DELETE' }));

  function startWorker(): ChildProcess {
    const worker = spawn(process.execPath, [WORKER], {
      env: {
        PORT: '0',
        DATABASE_URL: model.urls.postgres,
        MONGODB_URL: model.urls.mongodb,
        REDIS_URL: model.urls.redis,
        JWT_SECRET: 'only-for-this-one-test',
        LOG_LEVEL: 'error',
        RELAY_LEASE_MS: '1500',
        NOTIFY_KAKAO_URL: `${provider.url}/kakao`,
        NOTIFY_SMS_URL: `${provider.url}/sms`,
      },
      stdio: 'inherit',
    });
    workers.push(worker);
    return worker;
  }

  async function confirmSome(count: number): Promise<string[]> {
    const ids = Array.from({ length: count }, () => randomUUID());
    for (const id of ids) {
      const attendance = { id, classId: randomUUID(), studentId: STUDENT, date: '2026-09-01' };
      await commands.requestAttendance(contextOf(randomUUID()), attendance);
      await commands.confirmAttendance(contextOf(randomUUID()), { id, mark: 'late' });
    }
    return ids;
  }

  const projected = (ids: string[]) =>
    mongo
      .db()
      .collection('attendance_sheet')
      .countDocuments({ attendanceId: { $in: ids }, version: 2 });
  const sent = (ids: string[]) =>
    mongo
      .db()
      .collection('notification')
      .countDocuments({ 'event.aggregateId': { $in: ids }, outcome: 'sent' });
  const told = (ids: string[]) =>
    ['kakao', 'sms']
      .flatMap((channel) => provider.messages(channel))
      .filter(({ id }) => ids.includes(id.split('/')[1]!));

  test('providers that hang delay no projection, and when they are back nobody goes untold', async () => {
    for (const channel of ['kakao', 'sms']) provider.fault(channel, { hang: true });
    startWorker();
    const ids = await confirmSome(30);
    await until(async () => (await projected(ids)) === 30);
    assert.equal(await sent(ids), 0);
    for (const channel of ['kakao', 'sms']) provider.fault(channel, {});
    await until(async () => (await sent(ids)) === 30);
    const texts = told(ids).map(({ body }) => (body as { text: string }).text);
    assert.deepEqual([...new Set(texts)], ['Kim Minji: late on 2026-09-01']);
  });

  test('after kill -9 in the middle of a stream every confirmed attendance is told, each as one message', async () => {
    const [first] = workers;
    const ids = await confirmSome(40);
    await until(async () => (await sent(ids)) > 0);
    first!.kill('SIGKILL');
    await once(first!, 'exit');
    ids.push(...(await confirmSome(20)));
    startWorker();
    await until(async () => (await sent(ids)) === 60 && (await projected(ids)) === 60);
    assert.equal(new Set(told(ids).map(({ id }) => id)).size, 60);
  });
});
