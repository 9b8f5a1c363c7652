import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { freshParts, type TestParts } from '../local/testing.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { type Cache, createCache } from './cache.ts';
import { connectRedis } from './redis.ts';

let parts: TestParts;
const connections: Redis[] = [];
let scopes = 0;
const newScope = () => `test-${process.pid}-${++scopes}`;

/** A cache as one process has it, on a connection of its own. */
async function process_(commandTimeoutMs = 2000) {
  const redis = connectRedis(parts.urls.redis, commandTimeoutMs, () => {});
  connections.push(redis);
  await new Promise((resolve) => redis.once('ready', resolve));
  const metrics = createMetrics('api', { version: 'test', commit: 'test' });
  const cache = createCache({ redis, metrics, random: Math.random });
  const count = async (outcome: string) => {
    const { values } = await metrics.cacheRequestsTotal.get();
    return values.find((value) => value.labels.outcome === outcome)?.value;
  };
  return { redis, cache, count };
}

/** A load whose end the test decides. */
function slowLoad<T>() {
  let finish!: (value: T) => void;
  let calls = 0;
  const result = new Promise<T>((resolve) => {
    finish = resolve;
  });
  const load = () => {
    calls++;
    return result;
  };
  return { load, finish, calls: () => calls };
}

/** Waits for what must come; a minute is far beyond any busy machine and only keeps a broken build from hanging. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const endsAtMs = performance.now() + 60_000;
  while (!(await holds())) {
    assert.ok(performance.now() < endsAtMs, `never came true: ${holds}`);
    await sleep(10);
  }
}

const read = (cache: Cache, scope: string, value: unknown) =>
  cache.through(scope, 'key', 'short-lived', async () => value);

before(async () => {
  parts = await freshParts(['redis'], { own: true });
});
after(async () => {
  for (const redis of connections) redis.disconnect();
  await parts.close();
});

test('the first look-up loads, the next one hits, an invalidation makes it load again', async () => {
  const { cache, redis, count } = await process_();
  const scope = newScope();
  assert.deepEqual(await read(cache, scope, 1), { value: 1, cache: 'miss' });
  assert.deepEqual(await read(cache, scope, 2), { value: 1, cache: 'hit' });
  await cache.invalidate(scope);
  assert.deepEqual(await read(cache, scope, 3), { value: 3, cache: 'miss' });
  assert.deepEqual([await count('miss'), await count('hit'), await count('stale')], [1, 1, 1]);
  const lifeSeconds = await redis.ttl(`value:{${scope}}:key`);
  assert.ok(lifeSeconds > 0 && lifeSeconds <= 30, `short-lived: ${lifeSeconds} s`);
});

test('an invalidation by another process is seen', async () => {
  const [one, two] = [await process_(), await process_()];
  const scope = newScope();
  await read(one.cache, scope, 'old');
  await two.cache.invalidate(scope);
  assert.deepEqual(await read(one.cache, scope, 'new'), { value: 'new', cache: 'miss' });
});

test('a load that began before an invalidation and ended after it is never served to later readers', async () => {
  const { cache } = await process_();
  const scope = newScope();
  const slow = slowLoad<string>();
  const early = cache.through(scope, 'key', 'short-lived', slow.load);
  await until(async () => slow.calls() === 1);
  await cache.invalidate(scope);
  const during = await read(cache, scope, 'new');
  assert.deepEqual(
    during,
    { value: 'new', cache: 'miss' },
    'a reader after the invalidation does not join the old load',
  );
  slow.finish('old');
  assert.equal((await early).value, 'old');
  assert.notEqual((await read(cache, scope, 'newer')).value, 'old');
});

test('a generation that Redis evicted does not bring old values back', async () => {
  const { cache, redis } = await process_();
  const scope = newScope();
  await read(cache, scope, 'old');
  await redis.del(`generation:{${scope}}`);
  assert.deepEqual(await read(cache, scope, 'new'), { value: 'new', cache: 'miss' });
});

test('overlapping look-ups of one key are one load', async () => {
  const { cache } = await process_();
  const scope = newScope();
  await cache.invalidate(scope);
  const slow = slowLoad<number>();
  const readers = Array.from({ length: 20 }, () => cache.through(scope, 'key', 'short-lived', slow.load));
  await until(async () => slow.calls() > 0);
  await sleep(50);
  slow.finish(7);
  assert.deepEqual(
    (await Promise.all(readers)).map(({ value }) => value),
    Array(20).fill(7),
  );
  assert.equal(slow.calls(), 1);
});

test('a load that fails reaches its caller and leaves nothing behind', async () => {
  const { cache } = await process_();
  const scope = newScope();
  const failing = cache.through(scope, 'key', 'short-lived', () => Promise.reject(new Error('no database')));
  await assert.rejects(failing, /no database/);
  assert.deepEqual(await read(cache, scope, 1), { value: 1, cache: 'miss' });
});

test('an invalidation that found no connection is made up for when it is back', async () => {
  const [reader, other] = [await process_(), await process_()];
  const scope = newScope();
  // So long a life that only the invalidation can end it.
  const readLong = (value: string) => reader.cache.through(scope, 'key', 'long', async () => value);
  await readLong('old');
  const ended = new Promise((resolve) => other.redis.once('end', resolve));
  other.redis.disconnect();
  await ended;
  await other.cache.invalidate(scope);
  assert.equal((await readLong('new')).value, 'old', 'the invalidation is still owed');
  await other.redis.connect();
  await until(async () => (await readLong('new')).value === 'new');
});

test('while Redis stands still every look-up loads and every invalidation returns; then the cache works again', async () => {
  const { cache, count } = await process_(50);
  const scope = newScope();
  const part = parts.own.list.find(({ name }) => name === 'redis')!;
  part.kill('SIGSTOP');
  try {
    assert.deepEqual(await read(cache, scope, 'direct'), { value: 'direct', cache: 'off' });
    await cache.invalidate(scope);
    assert.equal(await count('error'), 1);
  } finally {
    part.kill('SIGCONT');
  }
  await until(async () => (await read(cache, scope, 'again')).cache === 'hit');
});

test('after Redis is killed look-ups load directly', async () => {
  const { cache } = await process_(50);
  const scope = newScope();
  await read(cache, scope, 'kept');
  parts.own.list.find(({ name }) => name === 'redis')!.kill('SIGKILL');
  await until(async () => (await read(cache, scope, 'direct')).cache === 'off');
  assert.deepEqual(await read(cache, scope, 'direct'), { value: 'direct', cache: 'off' });
  await cache.invalidate(scope);
});
