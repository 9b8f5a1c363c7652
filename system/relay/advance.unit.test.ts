import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { createAdvancer } from './advance.ts';
import { BEGINNING } from './cursor.ts';

test('what cannot be stored at the end keeps nobody waiting, not even who comes after the last try', async () => {
  const pool = new pg.Pool({ connectionString: 'postgres://nobody@127.0.0.1:1/none' });
  let errors = 0;
  const advancer = createAdvancer({
    pool,
    consumer: 'read-models',
    holder: '00000000-0000-4000-8000-000000000001',
    mostEvents: 100,
    checkpoint: () => undefined,
    onMoved: () => assert.fail('nobody took it'),
    onLost: () => assert.fail('nobody said so'),
    onError: () => errors++,
  });
  advancer.move(1, BEGINNING, { xid: '7', seq: '1' }, 1);
  await Promise.all([advancer.settled(1), advancer.flush()]);
  advancer.move(2, BEGINNING, { xid: '8', seq: '2' }, 1);
  await advancer.settled(2);
  await advancer.flush();
  assert.ok(errors >= 2);
  await pool.end();
});
