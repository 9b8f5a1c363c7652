import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { query } from '../../system/local/postgres.ts';
import { freshParts, type TestParts } from '../../system/local/testing.ts';
import { planOf } from './plan-of.ts';

let parts: TestParts;

before(async () => {
  parts = await freshParts(['postgres']);
  await query(parts.urls.postgres, 'create table card (id int primary key, name text)');
  await query(parts.urls.postgres, 'insert into card select n, n::text from generate_series(1, 10000) n');
  await query(parts.urls.postgres, 'analyze card');
});

after(() => parts?.close());

const plan = async (statement: string) => {
  const found = await planOf(parts.urls.postgres, statement);
  return 'plan' in found ? found.plan.join('\n') : found.why;
};

test('a statement on a key uses its index, one without an index reads the table', async () => {
  assert.match(await plan('select name from card where id = $1'), /Index Scan using card_pkey/);
  assert.match(await plan('select id from card where name = $1'), /Seq Scan on card/);
});

test('a statement that writes is planned and not carried out', async () => {
  assert.match(await plan('delete from card where id = $1'), /Delete on card/);
  assert.match(await plan('select count(*) from card'), /Aggregate/);
  const { default: pg } = await import('pg');
  const client = new pg.Client(parts.urls.postgres);
  await client.connect();
  const { rows } = await client.query('select count(*)::int as n from card');
  await client.end();
  assert.equal(rows[0].n, 10_000);
});

test('what has no plan says why', async () => {
  assert.equal(await plan('BEGIN'), 'no statement with a plan');
  assert.match(await plan('select * from nothing where id = $1'), /does not exist/);
});
