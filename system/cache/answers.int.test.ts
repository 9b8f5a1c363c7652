// The promise behind the Idempotency-Key: a retried command never acts twice, Redis or no Redis. With the real write side.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { AmsError } from '../errors.ts';
import { freshParts } from '../local/testing.ts';
import { commandHandlers } from '../write/commands.ts';
import { contextOf, freshWriteModel, type TestWriteModel } from '../write/testing.ts';
import { createAnswers } from './answers.ts';
import { disconnectAll, startRedisAt, testProcess, until } from './testing.ts';

let model: TestWriteModel;

before(async () => {
  model = await freshWriteModel();
});
after(async () => {
  disconnectAll();
  await model.close();
});

/** Two instances that remember answers in the same Redis. */
async function instances(url: string) {
  return Promise.all(
    [1, 2].map(async () => {
      const { guard, metrics, metric, redis } = await testProcess(url);
      const answers = createAnswers({ redis: guard, metrics });
      return { redis, answers, metric, commands: commandHandlers({ pool: model.pool, hint() {}, answers }) };
    }),
  );
}

async function eventsOf(id: string): Promise<number> {
  const { rows } = await model.pool.query('select count(*)::int as events from outbox where aggregate_id = $1', [id]);
  return rows[0].events;
}

const isReused = (error: unknown) => error instanceof AmsError && error.code === 'idempotency.reused';

test('a retried command acts once while Redis is there, is killed, is gone, and is back empty', async () => {
  const own = await freshParts(['redis'], { own: true });
  const part = own.own.list[0]!;
  const [one, two] = await instances(part.url);
  const id = randomUUID();
  const enrol = contextOf(randomUUID());
  const rename = contextOf(randomUUID());
  const otherThan = (context: typeof enrol) => ({ ...context, requestHash: 'of another request' });
  const send = [
    (to: typeof one, context = enrol) => to!.commands.enrolMember(context, { id, name: 'Kim Minji', role: 'student' }),
    (to: typeof one, context = rename) => to!.commands.renameMember(context, { id, name: 'Kim Minseo' }),
  ];
  const first = await Promise.all([await send[0]!(one), await send[1]!(one)]);

  async function retryAll(phase: string): Promise<void> {
    for (const [i, again] of send.entries()) {
      const answers = await Promise.all([again(one), again(two), again(one), again(two)]);
      for (const answer of answers) assert.deepEqual(answer, { ...first[i], replayed: true }, phase);
      const context = otherThan([enrol, rename][i]!);
      await assert.rejects(again(two, context), isReused, phase);
    }
    assert.equal(await eventsOf(id), 2, phase);
  }

  await until(async () => (await one!.answers.recall(rename)) !== null);
  await retryAll('with Redis');
  assert.ok((await two!.metric('idempotencyRecallsTotal', { outcome: 'hit' })) > 0, 'answered from Redis');

  const whileKilled = retryAll('while Redis is killed');
  part.kill('SIGKILL');
  await whileKilled;
  await retryAll('without Redis');

  await own.close();
  const again = await startRedisAt(part.url);
  try {
    await Promise.all([one, two].map((instance) => until(() => instance!.redis.status === 'ready')));
    await retryAll('with an empty Redis');
  } finally {
    await again.close();
  }
});

test('copies of a new command, sent at once to two instances while Redis is killed, act once', async () => {
  const own = await freshParts(['redis'], { own: true });
  try {
    const both = await instances(own.urls.redis);
    const ids = Array.from({ length: 20 }, () => randomUUID());
    const sent = ids.map((id) => {
      const context = contextOf(randomUUID());
      const copies = [0, 1, 0, 1].map((to) =>
        both[to]!.commands.enrolMember(context, { id, name: 'Lee Jiho', role: 'student' }),
      );
      return Promise.all(copies);
    });
    own.own.list[0]!.kill('SIGKILL');
    for (const copies of await Promise.all(sent)) {
      assert.equal(copies.filter(({ replayed }) => !replayed).length, 1);
      assert.deepEqual(new Set(copies.map(({ version }) => version)), new Set([1]));
    }
    for (const id of ids) assert.equal(await eventsOf(id), 1);
  } finally {
    await own.close();
  }
});
