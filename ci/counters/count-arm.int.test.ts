import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { MongoClient } from 'mongodb';
import type { Call } from '../../loadtests/workload/plan.ts';
import { scratchDir } from '../../system/local/parts.ts';
import { query } from '../../system/local/postgres.ts';
import { startService } from '../../system/local/service.ts';
import { readService } from '../../system/local/service-spec.ts';
import { freshParts, type TestParts } from '../../system/local/testing.ts';
import { compareCounters } from './compare.ts';
import { type CountableArm, countArm } from './count-arm.ts';
import type { ScriptCall } from './replay.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const spec = await readService(path.join(import.meta.dirname, 'testdata', 'service.yaml'));

let parts: TestParts;
let scratch: Awaited<ReturnType<typeof scratchDir>>;

// Servers of its own: the counts are those of a whole server.
before(async () => {
  parts = await freshParts(['postgres', 'mongodb', 'redis'], { own: true });
  scratch = await scratchDir();
  await query(parts.urls.postgres, 'create table card (id int primary key, name text)');
  await query(parts.urls.postgres, `insert into card values (1, 'a'), (2, 'b'), (3, 'c')`);
  await query(parts.urls.postgres, 'create table outbox (id bigint generated always as identity, data text)');
  const body = 'begin for n in 1..times loop perform name from card where id = n; end loop; end';
  await query(parts.urls.postgres, `create function look_again(times int) returns void language plpgsql as '${body}'`);
  const mongo = new MongoClient(parts.urls.mongodb);
  const cards = [{ _id: 'one' }, { _id: 'two' }, { _id: 'three', color: 'red' }];
  await mongo.db().collection<{ _id: string }>('cards').insertMany(cards);
  await mongo.close();
});

after(async () => {
  await parts?.close();
  await scratch?.remove();
});

function script(perStep: number): ScriptCall[] {
  const calls: Call[] = [
    { step: 'card', method: 'GET', path: '/card', identity: 0 },
    { step: 'order', method: 'POST', path: '/order', identity: 0, body: '{}' },
  ];
  return calls.flatMap((call) =>
    Array.from({ length: perStep }, (_, position) => ({ call, isCounted: true, position })),
  );
}

function count(name: string, env: Record<string, string> = {}) {
  const arm: CountableArm = {
    parts,
    headers: [{}],
    start: (dir, added) =>
      startService(spec, {
        checkout: ROOT,
        parts: { urls: parts.urls, list: [] },
        dir,
        env: { ...added?.env, ...env },
      }),
  };
  const dir = path.join(scratch.dir, name);
  return countArm(arm, { spec, scripts: [script(1), script(2), script(2)], dir, signal: new AbortController().signal });
}

test('the work of every call is counted exactly, an equal build gives no row, and one more of each kind is named with its step', async () => {
  const base = await count('base');
  assert.deepEqual(base.notCounted, []);
  const same = compareCounters(base, await count('same'));
  assert.deepEqual(same.rows, []);
  assert.equal(same.verdict, 'SAME');
  assert.deepEqual(
    same.totals.map(({ step, counter, base: onBase, head }) => [step, counter, onBase, head]),
    [
      ['card', 'sql-statements', 1, 1],
      ['card', 'sql-rows', 3, 3],
      ['card', 'mongodb-operations', 1, 1],
      ['card', 'documents-examined', 1, 1],
      ['card', 'keys-examined', 1, 1],
      ['card', 'documents-returned', 1, 1],
      ['card', 'redis-commands', 1, 1],
      ['card', 'events', 0, 0],
      ['card', 'answer-bytes', 40, 40],
      ['card', 'log-lines', 1, 1],
      ['card', 'spans', 1, 1],
      ['order', 'sql-statements', 1, 1],
      ['order', 'sql-rows', 1, 1],
      ['order', 'mongodb-operations', 0, 0],
      ['order', 'documents-examined', 0, 0],
      ['order', 'keys-examined', 0, 0],
      ['order', 'documents-returned', 0, 0],
      ['order', 'redis-commands', 1, 1],
      ['order', 'events', 1, 1],
      ['order', 'answer-bytes', 2, 2],
      ['order', 'log-lines', 0, 0],
      ['order', 'spans', 0, 0],
    ],
  );
  const polled = same.idle.find(({ counter }) => counter === 'sql-statements');
  assert.equal(polled?.statement, 'select count(*) as waiting from outbox');

  const more = compareCounters(base, await count('more', { MORE: '1' }));
  assert.equal(more.verdict, 'MORE');
  assert.deepEqual(
    more.rows.map(({ step, counter, statement, base: onBase, head, change }) =>
      [step, counter, statement, onBase, head, change].join(' | '),
    ),
    [
      'card | sql-statements | select id from card where name = $1 | 0 | 3 | new',
      'order | sql-statements | SELECT name from card where id = n | 0 | 2 | new',
      'order | sql-statements | select look_again($1) | 0 | 1 | new',
      'card | sql-rows | select id from card where name = $1 | 0 | 3 | new',
      'order | sql-rows | SELECT name from card where id = n | 0 | 2 | new',
      'order | sql-rows | insert into outbox (data) select $1 from generate_series($3, $2) | 1 | 2 | changed',
      'order | sql-rows | select look_again($1) | 0 | 1 | new',
      'card | mongodb-operations | find cards {filter: {color: ?}} | 0 | 1 | new',
      'card | documents-examined | find cards {filter: {color: ?}} | 0 | 3 | new',
      'card | documents-returned | find cards {filter: {color: ?}} | 0 | 1 | new',
      'card | redis-commands | HGET | 0 | 1 | new',
      'order | events |  | 1 | 2 | changed',
      'card | log-lines | server: info looked again at ? cards | 0 | 1 | new',
      'card | spans | server: looked again | 0 | 1 | new',
    ],
  );
});
