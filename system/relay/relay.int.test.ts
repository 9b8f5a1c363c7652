import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freshWriteModel, storeMember, type TestWriteModel } from '../write/testing.ts';
import type { OutboxEvent } from './event.ts';
import { claimLanes } from './lanes.ts';
import { backlog } from './outbox.ts';
import { type Relay, type RelayOptions, startRelay } from './relay.ts';
import { gateOpen, until } from './testing.ts';

const CONSUMER = 'read-models';
/** Longer than any test: where it stands, polling by the clock cannot be what made the test pass. */
const NEVER_MS = 600_000;

let model: TestWriteModel;
before(async () => {
  model = await freshWriteModel();
});
after(() => model.close());
beforeEach(async () => {
  await model.pool.query('truncate outbox, member');
  await model.pool.query(`update relay_lane set cursor_xid = '0', cursor_seq = 0, holder = null`);
});

function relayOf(options: Partial<RelayOptions>): Relay {
  return startRelay({
    pool: model.pool,
    consumer: CONSUMER,
    holder: randomUUID(),
    leaseMs: 5000,
    pollMs: 20,
    batch: 500,
    deliver: async () => {},
    onPoll() {},
    onLanes() {},
    onError: (error) => assert.fail(String(error)),
    ...options,
  });
}

const holders = async () => {
  const { rows } = await model.pool.query('select distinct holder from relay_lane');
  return rows.map(({ holder }) => holder);
};

test('rival writers with slow, interleaved commits: nothing is skipped and every aggregate stays in order', async () => {
  const aggregates = 300;
  const versions = 5;
  const delivered: OutboxEvent[] = [];
  const relay = relayOf({ batch: 7, pollMs: 1, deliver: async (events) => void delivered.push(...events) });
  try {
    const ids = Array.from({ length: aggregates }, () => randomUUID());
    const reached = new Map(ids.map((id) => [id, 0]));
    let conflicts = 0;
    // Writers pick their aggregate at random, so that two of them often want the next version of the same one.
    const writer = async () => {
      while (reached.size > 0) {
        const open = [...reached.keys()];
        const id = open[Math.floor(Math.random() * Math.min(open.length, 20))]!;
        const version = reached.get(id)! + 1;
        const client = await model.pool.connect();
        try {
          await client.query('begin');
          const { outcome } = await storeMember(client, id, version);
          if (outcome === 'conflict') conflicts++;
          await sleep(Math.random() * 15);
          await client.query('commit');
          if (outcome === 'stored') {
            if (version === versions) reached.delete(id);
            else if (reached.has(id)) reached.set(id, version);
          }
        } finally {
          client.release();
        }
      }
    };
    await Promise.all(Array.from({ length: 12 }, writer));
    await until(() => delivered.length >= aggregates * versions);

    assert.ok(conflicts > 0, 'no two writers met: the test showed nothing');
    const versionsOf = Map.groupBy(delivered, ({ aggregateId }) => aggregateId);
    assert.equal(versionsOf.size, aggregates);
    for (const events of versionsOf.values()) {
      assert.deepEqual(
        events.map(({ version }) => version),
        [1, 2, 3, 4, 5],
      );
    }
  } finally {
    await relay.stop();
  }
});

test('a full batch is followed by the next at once', async () => {
  const ids = Array.from({ length: 100 }, () => randomUUID());
  for (const id of ids) await storeMember(model.pool, id, 1);
  await gateOpen(model.pool);
  await claimLanes(model.pool, CONSUMER, '00000000-0000-4000-8000-000000000001', NEVER_MS);
  const delivered = new Set<string>();
  const relay = relayOf({
    holder: '00000000-0000-4000-8000-000000000001',
    batch: 1,
    pollMs: NEVER_MS,
    deliver: async (events) => {
      for (const { aggregateId } of events) delivered.add(aggregateId);
    },
  });
  await until(() => delivered.size === ids.length);
  await relay.stop();
});

test('a wake-up ends the pause between two polls', async () => {
  const holder = randomUUID();
  await claimLanes(model.pool, CONSUMER, holder, NEVER_MS);
  let polls = 0;
  const delivered: OutboxEvent[] = [];
  const relay = relayOf({
    holder,
    pollMs: NEVER_MS,
    onPoll: () => polls++,
    deliver: async (events) => void delivered.push(...events),
  });
  await until(() => polls === 1);
  await storeMember(model.pool, randomUUID(), 1);
  await gateOpen(model.pool);
  relay.wake();
  await until(() => delivered.length === 1);
  await relay.stop();
});

test('what the consumer refuses comes again, in order, until it is taken', async () => {
  const id = randomUUID();
  for (const version of [1, 2, 3]) await storeMember(model.pool, id, version);
  await gateOpen(model.pool);
  const tries: number[][] = [];
  const errors: unknown[] = [];
  const relay = relayOf({
    onError: (error) => errors.push(error),
    async deliver(events) {
      tries.push(events.map(({ version }) => version));
      if (tries.length < 3) throw new Error('away');
    },
  });
  await until(async () => (await backlog(model.pool, CONSUMER)).events === 0);
  await relay.stop();
  assert.deepEqual(tries, [
    [1, 2, 3],
    [1, 2, 3],
    [1, 2, 3],
  ]);
  assert.equal(errors.length, 2);
});

test('stopping finishes the batch in hand and gives the lanes back', async () => {
  await storeMember(model.pool, randomUUID(), 1);
  const [started, finish] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const relay = relayOf({
    async deliver() {
      started.resolve();
      await finish.promise;
    },
  });
  await started.promise;
  const stopped = relay.stop();
  finish.resolve();
  await stopped;
  assert.equal((await backlog(model.pool, CONSUMER)).events, 0);
  assert.deepEqual(await holders(), [null]);
});

test('the lanes of a dead holder are taken over when its lease has run out, not before', async () => {
  await storeMember(model.pool, randomUUID(), 1);
  await claimLanes(model.pool, CONSUMER, randomUUID(), 1000);
  const { rows } = await model.pool.query('select max(lease_until) as until from relay_lane');
  const delivered: Date[] = [];
  const relay = relayOf({
    leaseMs: 600,
    async deliver() {
      const now = await model.pool.query('select clock_timestamp() as now');
      delivered.push(now.rows[0].now);
    },
  });
  await until(() => delivered.length > 0);
  await relay.stop();
  assert.equal(delivered.length, 1);
  assert.ok(delivered[0]! >= rows[0].until, 'delivered while the dead holder\u2019s lease still ran');
});

test('a second relay stands by while the first lives and takes over when it stops', async () => {
  const [first, second] = [randomUUID(), randomUUID()];
  const one = relayOf({ holder: first, leaseMs: 600 });
  await until(async () => (await holders())[0] === first);
  let held = -1;
  const two = relayOf({
    holder: second,
    leaseMs: 600,
    onLanes: (lanes) => {
      held = lanes;
    },
  });
  await until(() => held === 0);
  await sleep(1200);
  assert.deepEqual(await holders(), [first]);
  await one.stop();
  await until(() => held === 8);
  await two.stop();
});
