import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freshWriteModel, storeMember, type TestWriteModel } from '../write/testing.ts';
import type { OutboxEvent } from './event.ts';
import { markAttempts, shareLanes } from './lanes.ts';
import { backlog } from './outbox.ts';
import { type Relay, type RelayOptions, startRelay } from './relay.ts';
import { gateOpen, until } from './testing.ts';
import { outboxSource } from './transports/inprocess.ts';

const CONSUMER = 'read-models';
/** Longer than any test: where it stands, polling by the clock cannot be what made the test pass. */
const NEVER_MS = 600_000;

let model: TestWriteModel;
before(async () => {
  model = await freshWriteModel();
});
after(() => model.close());
beforeEach(async () => {
  await model.pool.query('truncate outbox, member, relay_worker');
  await model.pool.query(
    `update relay_lane set cursor_xid = '0', cursor_seq = 0, holder = null, deaths = 0, died_at = null, suspects = 0, started_attempts = 0, finished_attempts = 0`,
  );
});

type TestOptions = Partial<RelayOptions> & { pollMs?: number; deliver?(events: OutboxEvent[]): Promise<void> };

function relayOf({ pollMs = 20, deliver = async () => {}, ...options }: TestOptions): Relay {
  const { batch = 500, holder = randomUUID() } = options;
  return startRelay({
    pool: model.pool,
    consumer: CONSUMER,
    holder,
    leaseMs: 5000,
    batch,
    mostAttempts: 3,
    source: outboxSource({ pool: model.pool, consumer: CONSUMER, holder, batch, pollMs }),
    handle: (batches) => deliver(batches.flatMap(({ events }) => events)),
    onPoll() {},
    onLanes() {},
    count() {},
    onError: (error) => assert.fail(String(error)),
    ...options,
  });
}

const hold = (holder: string, leaseMs: number) => shareLanes(model.pool, CONSUMER, holder, leaseMs, 0);
const isDone = async () => (await backlog(model.pool, CONSUMER)).events === 0;
/** Ids of `count` aggregates that share a lane. */
async function idsOfOneLane(count: number): Promise<string[]> {
  const { rows } = await model.pool.query(
    `select id from (select gen_random_uuid() as id from generate_series(1, 200)) i where lane_of('t', id) = 3 limit $1`,
    [count],
  );
  return rows.map(({ id }) => id);
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
  await hold('00000000-0000-4000-8000-000000000001', NEVER_MS);
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

test('a few events that one poll finds in several lanes are handed over together', async () => {
  const holder = randomUUID();
  const ids = Array.from({ length: 30 }, () => randomUUID());
  for (const id of ids) await storeMember(model.pool, id, 1);
  await gateOpen(model.pool);
  await hold(holder, NEVER_MS);
  const batches: string[][] = [];
  const relay = relayOf({
    holder,
    pollMs: NEVER_MS,
    deliver: async (events) => void batches.push(events.map(({ aggregateId }) => aggregateId)),
  });
  await until(isDone);
  await relay.stop();
  assert.equal(batches.length, 1);
  assert.deepEqual(batches[0]!.toSorted(), ids.toSorted());
});

test('a wake-up ends the pause between two polls', async () => {
  const holder = randomUUID();
  await hold(holder, NEVER_MS);
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

test('cursors move behind a checkpoint, which many batches share; while it fails they stay', async () => {
  const total = 40;
  let [batches, checkpoints, handled, isFailing] = [0, 0, 0, true];
  const relay = relayOf({
    pollMs: 1,
    onError() {},
    async deliver(events) {
      batches++;
      handled += events.length;
    },
    async checkpoint() {
      checkpoints++;
      if (isFailing) throw new Error('not yet');
    },
  });
  for (let n = 0; n < total; n++) {
    await storeMember(model.pool, randomUUID(), 1);
    await gateOpen(model.pool);
    await until(() => handled > n);
  }
  assert.ok(checkpoints > 0 && !(await isDone()), 'a cursor has moved without its checkpoint');
  isFailing = false;
  await until(isDone);
  await relay.stop();
  assert.equal(handled, total);
  assert.ok(checkpoints < batches, `${checkpoints} checkpoints for ${batches} batches`);
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
  await hold(randomUUID(), 1000);
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

test('two relays share the lanes, and each event goes to one of them; when one stops the other has them all', async () => {
  const held = [0, 0];
  const got: string[][] = [[], []];
  const relays = held.map((_, n) =>
    relayOf({
      leaseMs: 600,
      onLanes: (lanes) => {
        held[n] = lanes;
      },
      deliver: async (events) => void got[n]!.push(...events.map(({ aggregateId }) => aggregateId)),
    }),
  );
  await until(() => held.every((lanes) => lanes === 4));
  const ids = Array.from({ length: 60 }, () => randomUUID());
  await Promise.all(ids.map((id) => storeMember(model.pool, id, 1)));
  await until(isDone);
  assert.deepEqual(got.flat().sort(), ids.toSorted());
  assert.ok(got.every((one) => one.length > 0));
  await relays[0]!.stop();
  await until(() => held[1] === 8);
  await relays[1]!.stop();
});

test('a lane changes hands only when what is in hand of it is done', async () => {
  const [id] = await idsOfOneLane(1);
  await storeMember(model.pool, id!, 1);
  const begun = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  let inHand = 0;
  const deliver = async () => {
    assert.equal(++inHand, 1, 'two relays have the same lane in hand');
    begun.resolve();
    await finish.promise;
    inHand--;
  };
  const one = relayOf({ leaseMs: 600, deliver });
  await begun.promise;
  let held = 0;
  const two = relayOf({ leaseMs: 600, deliver, onLanes: (lanes) => (held = lanes) });
  await until(() => held >= 3);
  await storeMember(model.pool, id!, 2);
  await sleep(300);
  finish.resolve();
  await until(isDone);
  await Promise.all([one.stop(), two.stop()]);
});

test('the next batch of a lane is read while one is in hand, and handed over only behind it', async () => {
  const [id] = await idsOfOneLane(1);
  for (let version = 1; version <= 6; version++) await storeMember(model.pool, id!, version);
  await gateOpen(model.pool);
  const finish = Promise.withResolvers<void>();
  const batches: number[][] = [];
  let polls = 0;
  const relay = relayOf({
    batch: 2,
    pollMs: NEVER_MS,
    onPoll: () => polls++,
    async deliver(events) {
      batches.push(events.map(({ version }) => version));
      await finish.promise;
    },
  });
  await until(() => polls >= 2);
  await sleep(50);
  assert.deepEqual(batches, [[1, 2]]);
  finish.resolve();
  await until(isDone);
  await relay.stop();
  assert.deepEqual(batches, [
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
});

test('a lane that is slow holds up no other', async () => {
  const [slow] = await idsOfOneLane(1);
  const [begun, finish] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const done: string[] = [];
  const relay = relayOf({
    async deliver(events) {
      if (events.some(({ aggregateId }) => aggregateId === slow)) {
        begun.resolve();
        await finish.promise;
      }
      done.push(...events.map(({ aggregateId }) => aggregateId));
    },
  });
  await storeMember(model.pool, slow!, 1);
  // Otherwise one poll may find it together with the others, and hands them over together.
  await begun.promise;
  const { rows } = await model.pool.query(
    `select id from (select gen_random_uuid() as id from generate_series(1, 50)) i where lane_of('t', id) <> 3`,
  );
  for (const { id } of rows) await storeMember(model.pool, id, 1);
  await until(() => done.length >= rows.length);
  assert.ok(!done.includes(slow!));
  finish.resolve();
  await until(isDone);
  await relay.stop();
});

test('an event that fails alone is tried again with longer and longer pauses, then buried; its neighbours go on', async () => {
  const [ill, well] = await idsOfOneLane(2);
  await storeMember(model.pool, well!, 1);
  await storeMember(model.pool, ill!, 1);
  await storeMember(model.pool, well!, 2);
  await gateOpen(model.pool);
  const handled: string[] = [];
  const pauses: number[] = [];
  const letters: unknown[] = [];
  const relay = relayOf({
    onError: (_, nextTryMs) => pauses.push(nextTryMs),
    async deliver(events) {
      if (events.some(({ aggregateId }) => aggregateId === ill)) throw new Error('cannot');
      handled.push(...events.map(({ aggregateId, version }) => `${aggregateId}/${version}`));
    },
    async bury(event, letter) {
      letters.push([event.aggregateId, letter]);
    },
  });
  await until(isDone);
  await relay.stop();
  assert.deepEqual(handled, [`${well}/1`, `${well}/2`]);
  assert.deepEqual(letters, [[ill, { reason: 'cannot', startedAttempts: 3, finishedAttempts: 3 }]]);
  assert.deepEqual(pauses, [100, 200, 100, 200, 400]);
});

test('while a part is away nothing counts as an attempt and nothing is buried', async () => {
  const id = randomUUID();
  await storeMember(model.pool, id, 1);
  let tries = 0;
  let isAway = true;
  const relay = relayOf({
    mostAttempts: 1,
    onError() {},
    async deliver() {
      if (++tries === 6) isAway = false;
      if (tries <= 6) throw new Error('away');
    },
    async answers() {
      if (isAway) throw new Error('away');
    },
    bury: async () => assert.fail('an innocent event was buried'),
  });
  await until(isDone);
  await relay.stop();
  assert.equal(tries, 7);
});

test('a burial that fails is tried again, and the cursor stays before the event', async () => {
  await storeMember(model.pool, randomUUID(), 1);
  let tries = 0;
  const relay = relayOf({
    mostAttempts: 1,
    onError() {},
    deliver: () => Promise.reject(new Error('cannot')),
    async bury() {
      if (++tries === 1) throw new Error('no place for dead letters');
    },
  });
  await until(isDone);
  await relay.stop();
  assert.equal(tries, 2);
});

test('what was begun twice and never ended is buried without a third time', async () => {
  const [ill, well] = await idsOfOneLane(2);
  await storeMember(model.pool, ill!, 1);
  await storeMember(model.pool, well!, 1);
  const dead = randomUUID();
  await hold(dead, 1);
  await markAttempts(model.pool, CONSUMER, dead, 3, { started: 2, finished: 0 });
  await model.pool.query('update relay_lane set deaths = 4, died_at = now(), suspects = 10 where lane = 3');
  const handled: string[] = [];
  const letters: unknown[] = [];
  const relay = relayOf({
    deliver: async (events) => void handled.push(...events.map(({ aggregateId }) => aggregateId)),
    bury: async (event, letter) =>
      void letters.push([event.aggregateId, letter.startedAttempts, letter.finishedAttempts]),
  });
  await until(isDone);
  await relay.stop();
  assert.deepEqual(handled, [well]);
  assert.deepEqual(letters, [[ill, 2, 0]]);
});

test('a cursor that somebody sets back brings its events again', async () => {
  const id = randomUUID();
  await storeMember(model.pool, id, 1);
  const delivered: string[] = [];
  const relay = relayOf({
    leaseMs: 600,
    deliver: async (events) => void delivered.push(...events.map(({ aggregateId }) => aggregateId)),
  });
  await until(isDone);
  await model.pool.query(`update relay_lane set cursor_xid = '0', cursor_seq = 0`);
  await until(() => delivered.length === 2);
  await until(isDone);
  await relay.stop();
  assert.deepEqual(delivered, [id, id]);
});
