import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { freshWriteModel, storeMember, type TestWriteModel } from '../write/testing.ts';
import { BEGINNING, type Cursor } from './cursor.ts';
import { advanceLanes, dropLanes, type Move, makeLanes, releaseLanes, shareLanes } from './lanes.ts';
import { backlog, type LaneBatch, POLL_SQL, poll, RELAY_SETTINGS } from './outbox.ts';
import { gateOpen } from './testing.ts';

const CONSUMER = 'read-models';
const holder = randomUUID();

let model: TestWriteModel;
before(async () => {
  model = await freshWriteModel();
});
after(() => model.close());
beforeEach(async () => {
  await model.pool.query(`truncate outbox, member`);
  await model.pool.query(
    `update relay_lane set cursor_xid = '0', cursor_seq = 0, holder = null, deaths = 0, suspects = 0`,
  );
  await model.pool.query('delete from relay_worker');
  await share(holder, 60_000);
});

const share = (who: string, leaseMs: number) => shareLanes(model.pool, CONSUMER, who, leaseMs, 100);
const everyLane = () => new Map<number, Cursor>(Array.from({ length: 8 }, (_, lane) => [lane, BEGINNING]));
const movesOf = (batches: LaneBatch[]): Move[] =>
  batches.map(({ lane, from, places, events }) => ({ lane, from, to: places.at(-1)!, events: events.length }));

/** Polls and moves the cursors until nothing comes. */
async function readAll(limit: number): Promise<string[]> {
  const seen: string[] = [];
  const read = everyLane();
  while (true) {
    const batches = await poll(model.pool, CONSUMER, holder, read, limit);
    if (batches.length === 0) return seen;
    seen.push(...batches.flatMap(({ events }) => events.map((event) => event.aggregateId)));
    const moves = movesOf(batches);
    assert.equal((await advanceLanes(model.pool, CONSUMER, holder, moves)).length, batches.length);
    for (const { lane, to } of moves) read.set(lane, to);
  }
}

/** The aggregate of each lane is `00000000-0000-4000-8000-<12 digits>`. */
async function fill(rows: number, xidSql: string): Promise<void> {
  await model.pool.query(
    `insert into outbox (lane, xid, tenant_id, aggregate_type, aggregate_id, version, type, data)
     select n % 8, (${xidSql})::text::xid8, 't', 'member', ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 1, 'x', '{}'
     from generate_series(1, $1::int) n`,
    [rows],
  );
}

for (const mode of ['force_custom_plan', 'force_generic_plan']) {
  test(`the poll of 20,000 waiting events walks the index and sorts nothing (${mode})`, async () => {
    await fill(20_000, '1 + n / 100');
    await model.pool.query('analyze outbox, relay_lane');
    const client = new pg.Client({ connectionString: model.urls.postgres, options: RELAY_SETTINGS });
    await client.connect();
    try {
      await client.query(`set plan_cache_mode = ${mode}`);
      await client.query(`prepare the_poll (text, uuid, smallint[], text[], bigint[], int) as ${POLL_SQL}`);
      const { rows } = await client.query(
        `explain (analyze, costs off, timing off) execute the_poll
          ('${CONSUMER}', '${holder}', '{0,1,2,3,4,5,6,7}', '{0,0,0,0,0,0,0,0}', '{0,0,0,0,0,0,0,0}', 500)`,
      );
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      // The partitions' walks are merged, which keeps their order.
      assert.doesNotMatch(plan, /^[ ->]*(Incremental )?Sort\b(?! Key)/m);
      // 500 rows a lane, not the 2,500 that wait: the walk stops at the limit.
      assert.match(plan, /Index Scan using outbox_\w+_pkey on outbox_\w+ \w+ \(actual rows=500[. ]/);
    } finally {
      await client.end();
    }
  });
}

test('every event is read once, with cursors whose numbers change their count of digits', async () => {
  await fill(1200, '90 + n / 100');
  const seen = await readAll(7);
  assert.equal(seen.length, 1200);
  assert.equal(new Set(seen).size, 1200);
});

test('an event that was appended first and is committed last holds its successors back and is not skipped', async () => {
  const [slow, fast] = [randomUUID(), randomUUID()];
  const writer = await model.pool.connect();
  try {
    await writer.query('begin');
    await storeMember(writer, slow, 1);
    await storeMember(model.pool, fast, 1);
    assert.deepEqual(await readAll(100), []);
    assert.deepEqual((await backlog(model.pool, CONSUMER)).events, 1);
    await writer.query('commit');
  } finally {
    writer.release();
  }
  await gateOpen(model.pool);
  assert.deepEqual((await readAll(100)).sort(), [slow, fast].sort());
});

test('a transaction that is rolled back leaves a gap that nobody waits for', async () => {
  const writer = await model.pool.connect();
  await writer.query('begin');
  await storeMember(writer, randomUUID(), 1);
  await writer.query('rollback');
  writer.release();
  const id = randomUUID();
  await storeMember(model.pool, id, 1);
  await gateOpen(model.pool);
  assert.deepEqual(await readAll(100), [id]);
});

test('the backlog counts what is not acknowledged and says how old it is', async () => {
  assert.deepEqual(await backlog(model.pool, CONSUMER), { events: 0, oldestSeconds: 0 });
  await storeMember(model.pool, randomUUID(), 1);
  await model.pool.query(`update outbox set occurred_at = clock_timestamp() - interval '90 seconds'`);
  await storeMember(model.pool, randomUUID(), 1);
  const waiting = await backlog(model.pool, CONSUMER);
  assert.equal(waiting.events, 2);
  assert.ok(waiting.oldestSeconds >= 90);
  await gateOpen(model.pool);
  await readAll(1);
  assert.deepEqual(await backlog(model.pool, CONSUMER), { events: 0, oldestSeconds: 0 });
});

test('a holder who has lost its lanes reads nothing and moves no cursor, and neither does one whose cursor has moved', async () => {
  await storeMember(model.pool, randomUUID(), 1);
  await gateOpen(model.pool);
  const zombies = await poll(model.pool, CONSUMER, holder, everyLane(), 10);
  await model.pool.query(`update relay_lane set lease_until = clock_timestamp() - interval '1 second'`);
  await model.pool.query('delete from relay_worker');
  const successor = randomUUID();
  await share(successor, 60_000);
  assert.deepEqual(await advanceLanes(model.pool, CONSUMER, holder, movesOf(zombies)), []);
  assert.deepEqual(await poll(model.pool, CONSUMER, holder, everyLane(), 10), []);
  const batches = await poll(model.pool, CONSUMER, successor, everyLane(), 10);
  assert.deepEqual(batches, zombies);
  assert.equal((await advanceLanes(model.pool, CONSUMER, successor, movesOf(batches))).length, 1);
  assert.deepEqual(await advanceLanes(model.pool, CONSUMER, successor, movesOf(batches)), []);
});

test('lanes under a running lease cannot be taken', async () => {
  const { held } = await share(randomUUID(), 60_000);
  assert.deepEqual(held, []);
  const { rows } = await model.pool.query('select distinct holder from relay_lane');
  assert.deepEqual(rows, [{ holder }]);
});

test('the shares of any number of holders differ by one at most and add up to all lanes', async () => {
  const holders = [holder];
  for (let n = 1; n <= 10; n++) {
    for (const one of holders) await share(one, 60_000);
    const shares = await Promise.all(holders.map(async (one) => (await share(one, 60_000)).share));
    assert.equal(
      shares.reduce((sum, one) => sum + one),
      8,
    );
    assert.ok(Math.max(...shares) - Math.min(...shares) <= 1, `${shares}`);
    holders.push(randomUUID());
  }
});

test('what a holder gives back another takes at once, and that is no death', async () => {
  const other = randomUUID();
  await share(other, 60_000);
  await releaseLanes(model.pool, CONSUMER, holder, [0, 1, 2, 3, 4]);
  const { held } = await share(other, 60_000);
  assert.deepEqual(
    held.map(({ lane, deaths }) => [lane, deaths]),
    [0, 1, 2, 3].map((lane) => [lane, 0]),
  );
});

test('each death in a row narrows down the suspects, and a cursor that has passed them clears the lane', async () => {
  await storeMember(model.pool, randomUUID(), 1);
  await gateOpen(model.pool);
  const die = () => model.pool.query(`update relay_lane set lease_until = clock_timestamp() - interval '1 second'`);
  const heirs = [randomUUID(), randomUUID()];
  await model.pool.query('delete from relay_worker');
  await die();
  const first = await share(heirs[0]!, 60_000);
  assert.ok(first.held.every(({ deaths, suspects }) => deaths === 1 && suspects === 200));
  await model.pool.query('delete from relay_worker');
  await die();
  const second = await share(heirs[1]!, 60_000);
  assert.ok(second.held.every(({ deaths, suspects }) => deaths === 2 && suspects === 100));
  const batches = await poll(model.pool, CONSUMER, heirs[1]!, everyLane(), 10);
  await advanceLanes(model.pool, CONSUMER, heirs[1]!, movesOf(batches));
  const { held } = await share(heirs[1]!, 60_000);
  const moved = held.find(({ lane }) => lane === batches[0]!.lane)!;
  assert.deepEqual([moved.deaths, moved.suspects], [2, 99]);
  const [far] = movesOf(batches);
  await advanceLanes(model.pool, CONSUMER, heirs[1]!, [{ ...far!, from: far!.to, events: 99 }]);
  const cleared = (await share(heirs[1]!, 60_000)).held.find(({ lane }) => lane === far!.lane)!;
  assert.deepEqual([cleared.deaths, cleared.suspects], [0, 0]);
  await model.pool.query('delete from relay_worker');
  await die();
  const third = await share(randomUUID(), 60_000);
  assert.deepEqual(
    third.held.map(
      ({ lane, deaths, suspects }) => (lane === far!.lane ? [1, 200] : [3, 10]).join() === `${deaths},${suspects}`,
    ),
    third.held.map(() => true),
  );
});

test('a new consumer begins where the hindmost other one is, and is forgotten when nobody holds a lane of it', async () => {
  for (let n = 0; n < 20; n++) await storeMember(model.pool, randomUUID(), 1);
  await gateOpen(model.pool);
  await readAll(100);
  await storeMember(model.pool, randomUUID(), 1);
  await makeLanes(model.pool, 'publisher', 8);
  assert.equal((await backlog(model.pool, 'publisher')).events, 1);
  await shareLanes(model.pool, 'publisher', holder, 60_000, 100);
  await dropLanes(model.pool, 'publisher');
  assert.equal((await shareLanes(model.pool, 'publisher', holder, 1, 100)).held.length, 8);
  // The lease of 1 ms has surely run out.
  await sleep(20);
  await dropLanes(model.pool, 'publisher');
  assert.equal((await shareLanes(model.pool, 'publisher', holder, 1, 100)).held.length, 0);
});
