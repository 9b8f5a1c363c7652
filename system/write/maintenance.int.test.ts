import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import pg from 'pg';
import { systemClock as clock } from '../clock.ts';
import { BEGINNING } from '../relay/cursor.ts';
import { shareLanes } from '../relay/lanes.ts';
import { POLL_SQL, poll, RELAY_SETTINGS } from '../relay/outbox.ts';
import { gateOpen, until } from '../relay/testing.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { createTurn, type MaintenanceOptions, startMaintenance } from './maintenance.ts';
import { readPartitions } from './outbox-partitions.ts';
import { freshWriteModel, storeMember, type TestWriteModel } from './testing.ts';

const CONSUMER = 'read-models';
const HOUR_MS = 3_600_000;

let model: TestWriteModel;
let warnings: unknown[] = [];
const log = { info() {}, warn: (fields: unknown) => void warnings.push(fields) };

before(async () => {
  model = await freshWriteModel();
});
after(() => model.close());
beforeEach(async () => {
  warnings = [];
  await dropRanges();
  await model.pool.query('truncate outbox, member, idempotency');
  await model.pool.query('delete from relay_worker');
  await model.pool.query(`delete from relay_lane where consumer <> '${CONSUMER}'`);
  await model.pool.query(`update relay_lane set cursor_xid = '0', cursor_seq = 0, holder = null`);
  await model.pool.query(`update outbox_horizon set dropped_until = '-infinity'`);
});

async function dropRanges(): Promise<void> {
  for (const { name } of (await readPartitions(model.pool)).ranges) await model.pool.query(`drop table ${name}`);
}

function turnOf(options: Partial<MaintenanceOptions> = {}) {
  const metrics = createMetrics('worker', { version: 'test', commit: 'test' });
  const everyMs = 10;
  const all = {
    everyMs,
    partitionMs: 1,
    leastWidth: 100n,
    outboxRetentionMs: HOUR_MS,
    answerRetentionMs: 24 * HOUR_MS,
  };
  return createTurn({ pool: model.pool, clock, log, metrics }, { ...all, ...options });
}

/** Partitions for the ids 0-99, 100-199, 200-299, with one event of each lane in each of them, `ageMs` old. */
async function fillThree(ageMs: number): Promise<void> {
  for (const from of [0, 100, 200]) {
    await model.pool.query('select make_outbox_partition($1, $2)', [from, from + 100]);
    await model.pool.query(
      `insert into outbox (lane, xid, tenant_id, aggregate_type, aggregate_id, version, type, data, occurred_at)
       select lane, $1::text::xid8, 't', 'member', gen_random_uuid(), 1, 'MemberCreated', '{}',
         clock_timestamp() - $2 * interval '1 millisecond' from generate_series(0, 7) lane`,
      [from + 50, ageMs],
    );
  }
}

async function kept(): Promise<number[]> {
  return (await readPartitions(model.pool)).ranges.map(({ from }) => Number(from)).filter((from) => from < 300);
}

const cursor = (consumer: string, xid: number) =>
  model.pool.query(
    `update relay_lane set cursor_xid = $2::text::xid8, cursor_seq = (select max(seq) from outbox) where consumer = $1`,
    [consumer, xid],
  );

test('partitions are dropped in order, and only what every lane of every consumer has passed', async () => {
  await fillThree(2 * HOUR_MS);
  await model.pool.query(`insert into relay_lane (consumer, lane) select 'another', generate_series(0, 7)`);
  const turn = turnOf();
  await turn();
  assert.deepEqual(await kept(), [0, 100, 200]);
  await cursor(CONSUMER, 250);
  await turn();
  assert.deepEqual(await kept(), [0, 100, 200], 'the other consumer has read nothing');
  await cursor('another', 150);
  await turn();
  assert.deepEqual(await kept(), [200]);
  await cursor('another', 250);
  await model.pool.query(`update relay_lane set cursor_xid = '100' where consumer = 'another' and lane = 3`);
  await turn();
  assert.deepEqual(await kept(), [200], 'one lane of it lags');
  await cursor('another', 250);
  await turn();
  assert.deepEqual(await kept(), []);
  const { rows } = await model.pool.query(`select dropped_until < now() - interval '119 minutes' as far,
    dropped_until > now() - interval '121 minutes' as near from outbox_horizon`);
  assert.deepEqual(rows, [{ far: true, near: true }]);
  assert.deepEqual(warnings, []);
});

test('what is younger than the retention stays although everybody has read it', async () => {
  await fillThree(HOUR_MS / 2);
  await cursor(CONSUMER, 250);
  await turnOf()();
  assert.deepEqual(await kept(), [0, 100, 200]);
  await turnOf({ outboxRetentionMs: HOUR_MS / 4 })();
  assert.deepEqual(await kept(), []);
});

test('without any consumer nothing is dropped', async () => {
  await fillThree(2 * HOUR_MS);
  await model.pool.query('delete from relay_lane');
  try {
    await turnOf()();
    assert.deepEqual(await kept(), [0, 100, 200]);
  } finally {
    await model.pool.query(`insert into relay_lane (consumer, lane) select '${CONSUMER}', generate_series(0, 7)`);
  }
});

test('a partition into which an open transaction may still write is kept', async () => {
  const writer = await model.pool.connect();
  try {
    await writer.query('begin');
    await writer.query('select pg_current_xact_id()');
    await turnOf({ leastWidth: 2n })();
    for (let n = 0; n < 10; n++) await storeMember(model.pool, randomUUID(), 1);
    await cursor(CONSUMER, 2 ** 40);
    const before = (await readPartitions(model.pool)).ranges;
    await turnOf({ outboxRetentionMs: 0, leastWidth: 2n })();
    const { ranges } = await readPartitions(model.pool);
    assert.deepEqual(ranges.slice(0, before.length), before);
    // It writes, late, and finds its place.
    await storeMember(writer, randomUUID(), 1);
    await writer.query('commit');
  } finally {
    writer.release();
  }
  await gateOpen(model.pool);
});

test('without a partition of their own commands write into the default one, which is emptied once everybody has read it', async () => {
  for (let n = 0; n < 20; n++) await storeMember(model.pool, randomUUID(), 1);
  assert.equal((await readPartitions(model.pool)).defaultHolds, true);
  const turn = turnOf({ outboxRetentionMs: 0, leastWidth: 1000n });
  await turn();
  const made = await readPartitions(model.pool);
  assert.equal(made.defaultHolds, true, 'nobody has read it');
  assert.ok(made.ranges[0]!.from > made.nextXid);
  // Ids before the first partition still go to the default one.
  await storeMember(model.pool, randomUUID(), 1);
  await cursor(CONSUMER, 2 ** 40);
  await turn();
  assert.equal((await readPartitions(model.pool)).defaultHolds, false);
  assert.deepEqual(warnings, []);
});

test('commands, polls and maintenance at once: nobody fails, every event is read once, partitions come and go', async () => {
  const holder = randomUUID();
  await shareLanes(model.pool, CONSUMER, holder, 60_000, 1);
  const metrics = createMetrics('worker', { version: 'test', commit: 'test' });
  const quick = { everyMs: 5, partitionMs: 1, leastWidth: 20n, outboxRetentionMs: 0 };
  const upkeep = startMaintenance({ pool: model.pool, clock, log, metrics }, quick);
  const written: string[] = [];
  const read: string[] = [];
  const names = new Set<string>();
  let writing = true;
  const writer = async () => {
    while (written.length < 1500) {
      const id = randomUUID();
      written.push(id);
      assert.equal((await storeMember(model.pool, id, 1)).outcome, 'stored');
    }
  };
  const reader = async () => {
    const places = new Map(Array.from({ length: 8 }, (_, lane) => [lane, BEGINNING]));
    while (writing || read.length < written.length) {
      for (const { lane, places: ends, events } of await poll(model.pool, CONSUMER, holder, places, 50)) {
        read.push(...events.map(({ aggregateId }) => aggregateId));
        const end = ends.at(-1)!;
        places.set(lane, end);
        await model.pool.query(
          'update relay_lane set cursor_xid = $1::text::xid8, cursor_seq = $2 where consumer = $3 and lane = $4',
          [end.xid, end.seq, CONSUMER, lane],
        );
      }
      for (const { name } of (await readPartitions(model.pool)).ranges) names.add(name);
    }
  };
  try {
    const reading = reader();
    await Promise.all([writer(), writer(), writer(), writer()]);
    writing = false;
    await reading;
    const lastXid = (await readPartitions(model.pool)).nextXid - 100n;
    await until(async () => (await readPartitions(model.pool)).ranges.every(({ to }) => to > lastXid));
  } finally {
    await upkeep.stop();
  }
  assert.deepEqual(read.toSorted(), written.toSorted());
  assert.ok(names.size > 10, `${names.size} partitions`);
});

test('whoever holds the outbox makes maintenance wait a short time only, and the next turn does it', async () => {
  const reader = await model.pool.connect();
  await fillThree(2 * HOUR_MS);
  await cursor(CONSUMER, 250);
  try {
    await reader.query('begin');
    await reader.query('select count(*) from outbox');
    await turnOf()();
    assert.deepEqual(await kept(), [0, 100, 200]);
    assert.match(JSON.stringify(warnings), /lock timeout/);
    await reader.query('commit');
  } finally {
    reader.release();
  }
  await turnOf()();
  assert.deepEqual(await kept(), []);
});

test('two processes: one does the upkeep, the other finds it taken', async () => {
  const taken = await model.pool.connect();
  try {
    await taken.query('select pg_advisory_lock($1)', [0x6d61696e]);
    await turnOf()();
    assert.deepEqual((await readPartitions(model.pool)).ranges, []);
    await taken.query('select pg_advisory_unlock($1)', [0x6d61696e]);
  } finally {
    taken.release();
  }
  await turnOf()();
  assert.ok((await readPartitions(model.pool)).ranges.length > 0);
});

test('answers older than a day are removed, younger ones stay', async () => {
  await model.pool.query(
    `insert into idempotency (tenant_id, actor, key, request_hash, status, response, created_at)
     select 't', 'a', n::text, 'h', 200, '{}', now() - case when n <= 2500 then interval '25 hours' else interval '23 hours' end
     from generate_series(1, 2600) n`,
  );
  await turnOf()();
  const { rows } = await model.pool.query('select count(*)::int as n, min(key::int) as first from idempotency');
  assert.deepEqual(rows, [{ n: 100, first: 2501 }]);
});

for (const mode of ['force_custom_plan', 'force_generic_plan']) {
  test(`a poll of 20,000 events looks into the partitions behind its cursor and sorts nothing (${mode})`, async () => {
    await turnOf()();
    for (const from of [0, 100, 200])
      await model.pool.query('select make_outbox_partition($1, $2)', [from, from + 100]);
    await model.pool.query(
      `insert into outbox (lane, xid, tenant_id, aggregate_type, aggregate_id, version, type, data)
       select n % 8, (1 + n * 298 / 20000)::text::xid8, 't', 'member', gen_random_uuid(), 1, 'x', '{}' from generate_series(1, 20000) n`,
    );
    await model.pool.query('analyze outbox');
    const holder = randomUUID();
    await shareLanes(model.pool, CONSUMER, holder, 60_000, 1);
    const client = new pg.Client({ connectionString: model.urls.postgres, options: RELAY_SETTINGS });
    await client.connect();
    try {
      await client.query(`set plan_cache_mode = ${mode}`);
      await client.query(`prepare the_poll (text, uuid, smallint[], text[], bigint[], int) as ${POLL_SQL}`);
      const { rows } = await client.query(
        `explain (analyze, costs off, timing off, summary off, buffers off) execute the_poll
          ('${CONSUMER}', '${holder}', '{0,1,2,3,4,5,6,7}', '{120,120,120,120,120,120,120,120}', '{0,0,0,0,0,0,0,0}', 500)`,
      );
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      assert.doesNotMatch(plan, /Sort$|Sort \(/m, plan);
      const scans = [...plan.matchAll(/Index Scan using outbox_(\w+)_pkey on \w+ \w+ \((.*)\)/g)];
      const actual = Object.fromEntries(scans.map(([, name, did]) => [name!.replace(/^0+(?=\d)/, ''), did!]));
      assert.equal(actual['0'], 'never executed', plan);
      assert.match(actual['100']!, /rows=500[. ]/, plan);
      assert.match(actual['200']!, /rows=1[. ]/, 'the merge has looked at its first one');
      assert.match(plan, /Subplans Removed: 1/, 'the partition made ahead lies behind the gate');
    } finally {
      await client.end();
    }
  });
}
