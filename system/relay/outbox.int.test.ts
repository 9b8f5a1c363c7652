import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import pg from 'pg';
import { freshWriteModel, storeMember, type TestWriteModel } from '../write/testing.ts';
import { advanceLanes, claimLanes } from './lanes.ts';
import { backlog, POLL_SETTINGS, POLL_SQL, poll } from './outbox.ts';
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
  await model.pool.query(`update relay_lane set cursor_xid = '0', cursor_seq = 0, holder = null`);
  await claimLanes(model.pool, CONSUMER, holder, 60_000);
});

/** Polls and acknowledges until nothing comes. */
async function readAll(limit: number): Promise<string[]> {
  const seen: string[] = [];
  while (true) {
    const batches = await poll(model.pool, CONSUMER, holder, limit);
    if (batches.length === 0) return seen;
    seen.push(...batches.flatMap(({ events }) => events.map((event) => event.aggregateId)));
    assert.equal((await advanceLanes(model.pool, CONSUMER, holder, batches)).length, batches.length);
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
    const client = new pg.Client({ connectionString: model.urls.postgres, options: POLL_SETTINGS });
    await client.connect();
    try {
      await client.query(`set plan_cache_mode = ${mode}`);
      await client.query(`prepare the_poll (text, uuid, int) as ${POLL_SQL}`);
      const { rows } = await client.query(
        `explain (analyze, costs off, timing off) execute the_poll ('${CONSUMER}', '${holder}', 500)`,
      );
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      assert.doesNotMatch(plan, /Sort/);
      // 500 rows a lane, not the 2,500 that wait: the walk stops at the limit.
      assert.match(plan, /Index Scan using outbox_pkey on outbox o \(actual rows=500[. ]/);
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

test('a holder who has lost its lanes moves no cursor, and neither does one whose cursor has moved', async () => {
  await storeMember(model.pool, randomUUID(), 1);
  await gateOpen(model.pool);
  const zombies = await poll(model.pool, CONSUMER, holder, 10);
  await model.pool.query(`update relay_lane set lease_until = clock_timestamp() - interval '1 second'`);
  const successor = randomUUID();
  await claimLanes(model.pool, CONSUMER, successor, 60_000);
  assert.deepEqual(await advanceLanes(model.pool, CONSUMER, holder, zombies), []);
  assert.deepEqual(await poll(model.pool, CONSUMER, holder, 10), []);
  const batches = await poll(model.pool, CONSUMER, successor, 10);
  assert.deepEqual(batches, zombies);
  assert.equal((await advanceLanes(model.pool, CONSUMER, successor, batches)).length, 1);
  assert.deepEqual(await advanceLanes(model.pool, CONSUMER, successor, batches), []);
});

test('lanes under a running lease cannot be claimed', async () => {
  const other = randomUUID();
  await claimLanes(model.pool, CONSUMER, other, 60_000);
  const { rows } = await model.pool.query('select distinct holder from relay_lane');
  assert.deepEqual(rows, [{ holder }]);
});
