import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { openStore } from './store.ts';

const run = promisify(execFile);
const dir = await mkdtemp(path.join(os.tmpdir(), 'history-'));
after(() => rm(dir, { recursive: true, force: true }));
const git = async (cwd: string, ...args: string[]) =>
  (await run('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], { cwd })).stdout;
const line = (id: string) => JSON.stringify({ id });
const ids = (lines: string[]) => lines.map((text) => (JSON.parse(text) as { id: string }).id).sort();
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];

async function repository(name: string): Promise<string> {
  const at = path.join(dir, name);
  await run('git', ['init', '--quiet', '--initial-branch=main', at]);
  await writeFile(path.join(at, 'file'), 'x');
  await git(at, 'add', 'file');
  await git(at, 'commit', '--quiet', '-m', 'first');
  return at;
}

test('a folder: nothing there at first, then each line once', async () => {
  const store = openStore(`folder:${path.join(dir, 'plain', 'deep')}`, { checkout: dir });
  assert.deepEqual(await store.lines(), []);
  assert.equal(await store.append('a', line('a')), true);
  assert.equal(await store.append('a', line('a')), false);
  assert.equal(await store.append('b', line('b')), true);
  assert.deepEqual(await store.lines(), [line('a'), line('b')]);
});

test('a folder: a line that was cut off stays as it is and takes no other with it', async () => {
  const folder = path.join(dir, 'cut');
  const store = openStore(`folder:${folder}`, { checkout: dir });
  await store.append('a', line('a'));
  await writeFile(path.join(folder, 'history.jsonl'), `${line('a')}\n{"id":"hal`);
  await store.append('b', line('b'));
  assert.equal(await readFile(path.join(folder, 'history.jsonl'), 'utf8'), `${line('a')}\n{"id":"hal\n${line('b')}\n`);
});

test('a branch: grows by one commit a line, and the work tree, the index and the checked out branch stay as they are', async () => {
  const checkout = await repository('branch');
  const before = await git(checkout, 'rev-parse', 'HEAD');
  const store = openStore('git:perf/history', { checkout });
  assert.deepEqual(await store.lines(), []);
  assert.equal(await store.append('a', line('a')), true);
  assert.equal(await store.append('b', line('b')), true);
  assert.equal(await store.append('b', line('b')), false);
  assert.deepEqual(await store.lines(), [line('a'), line('b')]);
  assert.equal((await git(checkout, 'rev-list', '--count', 'perf/history')).trim(), '2');
  assert.equal(await git(checkout, 'rev-parse', 'HEAD'), before);
  assert.equal(await git(checkout, 'status', '--porcelain'), '');
});

test('a branch: six writers at once lose nothing', async () => {
  const checkout = await repository('race');
  const added = await Promise.all(NAMES.map((id) => openStore('git:history', { checkout }).append(id, line(id))));
  assert.deepEqual(
    added,
    NAMES.map(() => true),
  );
  assert.deepEqual(ids(await openStore('git:history', { checkout }).lines()), NAMES);
});

test('a branch of a remote: clones that push at once lose nothing, and one that was not there before sees all', async () => {
  const origin = path.join(dir, 'origin.git');
  await run('git', ['clone', '--quiet', '--bare', await repository('source'), origin]);
  const clones = await Promise.all(
    NAMES.slice(0, 3).map(async (id) => {
      const at = path.join(dir, `clone-${id}`);
      await run('git', ['clone', '--quiet', origin, at]);
      return at;
    }),
  );
  await Promise.all(
    clones.map((checkout, i) =>
      openStore('git:history', { checkout, remote: 'origin' }).append(NAMES[i]!, line(NAMES[i]!)),
    ),
  );
  for (const checkout of [clones[0]!, await repository('stranger')]) {
    if (checkout.endsWith('stranger')) await git(checkout, 'remote', 'add', 'origin', origin);
    assert.deepEqual(ids(await openStore('git:history', { checkout, remote: 'origin' }).lines()), NAMES.slice(0, 3));
  }
});

test('a branch that holds something else, a remote that does not exist and no repository at all are said, and nothing is changed', async () => {
  const checkout = await repository('foreign');
  await assert.rejects(openStore('git:main', { checkout }).append('a', line('a')), { code: 'history.store-failed' });
  await assert.rejects(openStore('git:history', { checkout, remote: 'nowhere' }).lines(), {
    code: 'history.store-failed',
  });
  await assert.rejects(openStore('git:history', { checkout: dir }).append('a', line('a')), {
    code: 'history.store-failed',
  });
  assert.equal((await git(checkout, 'rev-list', '--count', 'main')).trim(), '1');
});

test('any other word for a store is a usage error', () => {
  for (const word of ['', 'reports', 'folder:', 'git:', 'mysql://localhost/x']) {
    assert.throws(() => openStore(word, { checkout: dir }), { code: 'history.store', exitCode: 2 }, word);
  }
});
