import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { freshParts } from '../../system/local/testing.ts';
import { openStore } from './store.ts';

const parts = await freshParts(['postgres']);
after(() => parts.close());
const open = (url = parts.urls.postgres) => openStore(url, { checkout: '.' });
const line = (id: string) => JSON.stringify({ id });

test('a database without the table has no lines, and reading makes none', async () => {
  assert.deepEqual(await open().lines(), []);
  assert.deepEqual(await open().lines(), []);
});

test('writers at once make the table once and lose nothing; the same line twice is one', async () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const added = await Promise.all([...names, 'a'].map((id) => open().append(id, line(id))));
  assert.equal(added.filter(Boolean).length, names.length);
  assert.deepEqual((await open().lines()).sort(), names.map(line));
  assert.equal(await open().append('a', line('a')), false);
});

test('lines come back in the order in which they were appended', async () => {
  await open().append('z', line('z'));
  await open().append('m', line('m'));
  assert.deepEqual((await open().lines()).slice(-2), [line('z'), line('m')]);
});

test('a server that is not there is said, without the password', async () => {
  const url = new URL(parts.urls.postgres);
  url.port = '1';
  url.password = 'secret';
  await assert.rejects(open(url.href).lines(), (error: Error & { code: string }) => {
    assert.equal(error.code, 'history.store-failed');
    assert.ok(!error.message.includes('secret'), error.message);
    return true;
  });
});
