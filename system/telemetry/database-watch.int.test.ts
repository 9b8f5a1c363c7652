// The databases' own figures against things that the test itself did to them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import pg from 'pg';
import { freshParts, type TestParts } from '../local/testing.ts';
import { startDatabaseWatch } from './database-watch.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { readMongoFigures } from './mongodb.ts';
import { readPostgresFigures } from './postgres.ts';

let parts: TestParts;
let pool: pg.Pool;
let mongo: MongoClient;
before(async () => {
  parts = await freshParts(['postgres', 'mongodb']);
  pool = new pg.Pool({ connectionString: parts.urls.postgres, max: 5, connectionTimeoutMillis: 1000 });
  pool.on('error', () => {});
  mongo = new MongoClient(parts.urls.mongodb, { serverSelectionTimeoutMS: 500 });
});
after(async () => {
  await pool.end();
  await mongo.close();
  await parts.close();
});

const newMetrics = () => createMetrics('worker', { version: '1', commit: 'c' });
async function figure(metrics: Metrics, series: string): Promise<number> {
  const line = (await metrics.expose()).body.split('\n').find((one) => one.startsWith(`${series} `));
  assert.ok(line, `no series ${series}`);
  return Number(line.slice(series.length + 1));
}

test('transactions and connections of PostgreSQL are those that there were', async () => {
  const metrics = newMetrics();
  await readPostgresFigures(pool, metrics);
  const commits = await figure(metrics, 'postgresql_transactions_total{outcome="commit"}');
  const rollbacks = await figure(metrics, 'postgresql_transactions_total{outcome="rollback"}');
  const open = await pool.connect();
  for (let made = 0; made < 50; made++) await open.query('select 1');
  for (let made = 0; made < 7; made++) await open.query('begin; select 1; rollback');
  try {
    // A server process hands its counts in at most once a second.
    let grown = 0;
    for (let asked = 0; grown < 50 && asked < 40; asked++) {
      await sleep(250);
      await open.query('select 1');
      await readPostgresFigures(pool, metrics);
      grown = (await figure(metrics, 'postgresql_transactions_total{outcome="commit"}')) - commits;
    }
    assert.ok(grown >= 50, `${grown} commits`);
    assert.equal((await figure(metrics, 'postgresql_transactions_total{outcome="rollback"}')) - rollbacks, 7);
    await open.query('begin; select pg_sleep(0.05)');
    await readPostgresFigures(pool, metrics);
    assert.ok((await figure(metrics, 'postgresql_connections{state="idle_in_transaction"}')) >= 1);
    assert.ok((await figure(metrics, 'postgresql_connections{state="limit"}')) >= 20);
    assert.ok((await figure(metrics, 'postgresql_oldest_transaction_age_seconds')) > 0.05);
  } finally {
    await open.query('rollback');
    open.release();
  }
});

test('operations of a MongoDB collection are counted with their time', async () => {
  const metrics = newMetrics();
  const cards = mongo.db().collection('cards');
  await cards.insertOne({ n: 0 });
  await readMongoFigures(mongo.db(), metrics);
  const reads = await figure(metrics, 'mongodb_operations_total{collection="cards",kind="reads"}');
  const seconds = await figure(metrics, 'mongodb_operation_seconds_total{collection="cards",kind="reads"}');
  for (let n = 0; n < 30; n++) await cards.findOne({ n });
  await cards.insertMany([{ n: 1 }, { n: 2 }]);
  await readMongoFigures(mongo.db(), metrics);
  const grown = (await figure(metrics, 'mongodb_operations_total{collection="cards",kind="reads"}')) - reads;
  // Asking is an operation on the collection too.
  assert.ok(grown >= 30 && grown <= 32, `${grown} reads`);
  assert.ok((await figure(metrics, 'mongodb_operation_seconds_total{collection="cards",kind="reads"}')) > seconds);
  assert.equal(await figure(metrics, 'mongodb_operations_total{collection="cards",kind="writes"}'), 2);
  assert.ok((await figure(metrics, 'mongodb_connections{state="current"}')) >= 1);
});

test('a database that is away is said once and counted, and the figures of the other go on', async () => {
  const metrics = newMetrics();
  const away = new pg.Pool({ connectionString: 'postgres://ams@127.0.0.1:9/ams', connectionTimeoutMillis: 200 });
  const said: string[] = [];
  const watch = startDatabaseWatch({
    pool: away,
    db: mongo.db(),
    metrics,
    everyMs: 20,
    onError: (database) => said.push(database),
  });
  const failures = () => figure(metrics, 'database_watch_failures_total{database="postgresql"}');
  const asked = () => figure(metrics, 'mongodb_connections{state="current"}');
  while ((await failures()) < 3 || (await asked()) === 0) await sleep(20);
  await watch.stop();
  assert.deepEqual(said, ['postgresql']);
  const counted = await failures();
  await sleep(100);
  assert.equal(await failures(), counted, 'nobody asks any more');
  await away.end();
});
