// The growth report on real databases in which the condition was planted that it must find.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { freshWriteModel, storeMember, type TestWriteModel } from '../testing.ts';
import { measure } from './measure.ts';
import { judge } from './rules.ts';

let model: TestWriteModel;
let dir: string;
before(async () => {
  model = await freshWriteModel();
  dir = await mkdtemp(join(tmpdir(), 'ams-perf-growth-'));
});
after(async () => {
  await model.close();
  await rm(dir, { recursive: true, force: true });
});

/** What the rules say about this database; those about the server, which other tests may use too, are left out. */
async function findings(): Promise<string[]> {
  const found = judge(await measure(model.pool), null);
  const ofServer = ['connections', 'freeze', 'long-transaction', 'replica-lag', 'slot-held', 'shard'];
  return found.filter(({ rule }) => !ofServer.includes(rule)).map(({ rule, subject }) => `${rule} ${subject}`);
}

test('a fresh database is measured and nothing is due', async () => {
  for (let n = 0; n < 20; n++) await storeMember(model.pool, randomUUID(), 1);
  const snapshot = await measure(model.pool);
  const names = snapshot.tables.map(({ name }) => name);
  for (const name of ['member', 'attendance', 'outbox', 'idempotency']) assert.ok(names.includes(name), name);
  assert.equal(names.filter((name) => name.startsWith('outbox_0')).length, 0, 'partitions count as one table');
  assert.ok(snapshot.bytes > 1e6 && snapshot.tables.every(({ bytes, indexBytes }) => bytes >= indexBytes));
  assert.equal(snapshot.outbox.partitions, 3);
  assert.ok(snapshot.outbox.idsAhead > 50_000);
  assert.deepEqual(
    snapshot.outbox.consumers.map(({ name }) => name),
    ['read-models'],
  );
  assert.ok(snapshot.outbox.consumers[0]!.behindSeconds > 0);
  assert.deepEqual(await findings(), []);
});

test('a consumer that stands still and a default partition that fills are found', async () => {
  await model.pool.query(
    `insert into outbox (lane, xid, tenant_id, aggregate_type, aggregate_id, version, type, data, occurred_at)
     values (0, (1e12)::bigint::text::xid8, 't', 'member', gen_random_uuid(), 1, 'MemberCreated', '{}', now() - interval '2 hours')`,
  );
  await model.pool.query(`update relay_lane set cursor_xid = pg_snapshot_xmax(pg_current_snapshot())`);
  assert.deepEqual((await findings()).sort(), ['outbox-held read-models', 'outbox-maintenance outbox']);
  await model.pool.query('truncate outbox');
});

test('dead rows that nobody vacuums are found', async () => {
  await model.pool.query('alter table class set (autovacuum_enabled = off)');
  await model.pool.query(
    `insert into class select 't', 'class', gen_random_uuid(), 1, '{}', now(), now() from generate_series(1, 12000)`,
  );
  await model.pool.query('analyze class');
  await model.pool.query('update class set version = 2');
  await model.pool.query('select pg_stat_force_next_flush()');
  await model.pool.query('select 1');
  for (let tries = 0; tries < 50 && (await findings()).length === 0; tries++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  // All rows belong to the one tenant of this test.
  assert.deepEqual((await findings()).sort(), ['large-tenant class', 'vacuum class']);
});

test('an open transaction is measured with the name of its client', async () => {
  const client = new pg.Client({ connectionString: model.urls.postgres, application_name: 'forgotten' });
  await client.connect();
  try {
    await client.query('begin');
    const { rows } = await client.query(
      'select pg_current_xact_id(), xact_start from pg_stat_activity where pid = pg_backend_pid()',
    );
    assert.ok(rows[0].xact_start);
    const { oldestTransaction } = await measure(model.pool);
    assert.ok(oldestTransaction && oldestTransaction.seconds >= 0);
  } finally {
    await client.end();
  }
});

function growth(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const cli = join(import.meta.dirname, '..', '..', '..', 'cli.ts');
  return new Promise((resolve) =>
    execFile(process.execPath, [cli, 'growth', ...words], { env: {} }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    ),
  );
}

test('the command prints a report, keeps its snapshots and tells the growth from the second one on', async () => {
  const file = join(dir, 'growth.jsonl');
  const first = await growth('--url', model.urls.postgres, '--keep', file);
  assert.equal(first.code, 0, first.err);
  assert.match(first.out, /^member +\d+/m);
  assert.match(first.out, /growth +unknown/);
  const [kept] = (await readFile(file, 'utf8')).trim().split('\n');
  // As if it had been taken a day ago, with nothing in the table of members.
  const old = JSON.parse(kept!);
  old.at = new Date(Date.parse(old.at) - 86_400_000).toISOString();
  for (const table of old.tables) table.rows = 0;
  await writeFile(file, `${JSON.stringify(old)}\n`);
  const second = await growth('--url', model.urls.postgres, '--keep', file, '--json');
  assert.equal(second.code, 0, second.err);
  const report = JSON.parse(second.out);
  assert.ok(Math.abs(report.growth.days - 1) < 0.01);
  assert.ok(report.growth.tables.member.rowsPerDay >= 19, 'about twenty a day');
  assert.equal((await readFile(file, 'utf8')).trim().split('\n').length, 2);
});

test('what cannot be measured is said, with exit code 2', async () => {
  const words: [string[], RegExp][] = [
    [[], /growth\.no-database/],
    [['--url', 'nonsense'], /growth\.bad-url/],
    [['--url', 'postgres://ams@127.0.0.1:1/ams'], /growth\.unreachable/],
    [['--url', model.urls.postgres.replace(/\/[^/]*$/, '/postgres')], /growth\.not-ams/],
    [['--url', model.urls.postgres, '--keep', dir], /growth\.bad-file/],
    [['now'], /usage/],
  ];
  for (const [given, message] of words) {
    const { code, err } = await growth(...given);
    assert.equal(code, 2, given.join(' '));
    assert.match(err, message);
    assert.match(err, /^hint: /m);
  }
  const { code, out } = await growth('--rules');
  assert.equal(code, 0);
  assert.match(out, /^outbox-held$/m);
});
