// Redis slow, hanging, cut off, killed and back again, empty: what the cache does then, with the real server behind a proxy.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { silent } from '../../cli/progress.ts';
import { AmsError } from '../errors.ts';
import { scratchDir } from '../local/parts.ts';
import { startRedisCluster } from '../local/redis-cluster.ts';
import { freshParts, type TestParts } from '../local/testing.ts';
import type { Cache, LookUp } from './cache.ts';
import { disconnectAll, startRedisAt, testCache, testProcess, unique, until } from './testing.ts';
import { type FaultProxy, startProxy } from './testing-proxy.ts';

const COMMAND_MS = 50;
const FALLBACK_MAX = 4;
/** With the queue: whoever comes beyond these is refused. */
const MOST_IN_FALLBACK = FALLBACK_MAX * 9;
const BOTH = { tiers: 'both' } as const;

let parts: TestParts;
let proxy: FaultProxy;

before(async () => {
  parts = await freshParts(['redis']);
});
beforeEach(async () => {
  const { hostname, port } = new URL(parts.urls.redis);
  proxy = await startProxy({ host: hostname, port: Number(port) });
});
afterEach(async () => {
  disconnectAll();
  await proxy.close();
});
after(() => parts.close());

const read = <T>(cache: Cache, scope: string, value: T, lookUp?: LookUp<T>) =>
  cache.through(scope, 'key', 'long', async () => value, lookUp);

async function behindProxy(commandMs = COMMAND_MS) {
  const process = await testProcess(`redis://127.0.0.1:${proxy.port}`, commandMs);
  return { ...process, cache: testCache(process, FALLBACK_MAX) };
}
async function direct() {
  const process = await testProcess(parts.urls.redis);
  return { ...process, cache: testCache(process, FALLBACK_MAX) };
}

for (const [fault, order] of [
  ['answers late', () => proxy.delay(20 * COMMAND_MS)],
  ['hangs', () => proxy.hang()],
  ['is cut off', () => proxy.cut()],
] as const) {
  test(`while Redis ${fault} look-ups load directly, soon without asking it; then it is used again`, async () => {
    const { cache, metric } = await behindProxy();
    const scope = unique('scope');
    order();
    // The breaker is open long before this many have failed.
    for (let i = 0; i < 20; i++)
      assert.deepEqual(await read(cache, scope, 'direct'), { value: 'direct', cache: 'off' });
    assert.ok((await metric('redisRequestsTotal', { outcome: 'failed' })) < 20);
    assert.ok((await metric('redisRequestsTotal', { outcome: 'refused' })) > 0);
    await cache.invalidate(scope);
    proxy.heal();
    await until(async () => (await read(cache, scope, 'again')).cache === 'hit');
    assert.equal(await metric('redisBreakerState', { state: 'closed' }), 1);
  });
}

test('an invalidation that Redis did not take is made up for when it is back', async () => {
  const [reader, other] = [await direct(), await behindProxy()];
  const scope = unique('scope');
  await read(reader.cache, scope, 'old');
  proxy.cut();
  await other.cache.invalidate(scope);
  assert.equal((await read(reader.cache, scope, 'new')).value, 'old', 'the invalidation is still owed');
  assert.equal(await other.metric('cacheInvalidationsTotal', { outcome: 'owed' }), 1);
  proxy.heal();
  await until(async () => (await read(reader.cache, scope, 'new')).value === 'new');
});

for (const [fault, order] of [
  ['breaks', () => proxy.cut()],
  ['falls silent', () => proxy.hang()],
] as const) {
  test(`a first tier whose feed ${fault} forgets what it has and stays out of the way until it hears again`, async () => {
    const [deaf, other] = [await behindProxy(), await direct()];
    const scope = unique('scope');
    const firstHits = () => deaf.metric('cacheFirstTierRequestsTotal', { outcome: 'hit' });
    const warmed = async () => {
      const before = await firstHits();
      return (await read(deaf.cache, scope, 'old', BOTH)).value === 'old' && (await firstHits()) > before;
    };
    await until(warmed);
    order();
    await other.cache.invalidate(scope);
    await until(async () => (await read(deaf.cache, scope, 'new', BOTH)).cache === 'off');
    const hits = await firstHits();
    assert.deepEqual(await read(deaf.cache, scope, 'newer', BOTH), { value: 'newer', cache: 'off' });
    assert.equal(await firstHits(), hits);
    proxy.heal();
    await until(async () => {
      const before = await firstHits();
      assert.notEqual((await read(deaf.cache, scope, 'newest', BOTH)).value, 'old');
      return (await firstHits()) > before;
    });
  });
}

test('connections whose other side is gone without a word are made anew, for commands and for the feed', async () => {
  const { cache, metric } = await behindProxy();
  const scope = unique('scope');
  const firstHits = () => metric('cacheFirstTierRequestsTotal', { outcome: 'hit' });
  const hitsFirstTier = async () => {
    const before = await firstHits();
    await read(cache, scope, 'value', BOTH);
    return (await firstHits()) > before;
  };
  await until(hitsFirstTier);
  proxy.strand();
  await until(async () => (await read(cache, scope, 'value', BOTH)).cache === 'off');
  await until(hitsFirstTier);
});

test('without Redis a crowd costs the database a bounded number of loads at once, and whom it cannot serve it refuses', async () => {
  const { cache, metric } = await behindProxy();
  let [running, most, loads] = [0, 0, 0];
  const load = async () => {
    loads++;
    most = Math.max(most, ++running);
    await sleep(20);
    running--;
    return 'loaded';
  };
  const scope = unique('scope');
  const crowd = Array.from({ length: 500 }, async (_, i) => {
    if (i === 250) proxy.cut();
    return cache.through(scope, `key-${i % 100}`, 'medium', load);
  });
  const settled = await Promise.allSettled(crowd);
  const refused = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  assert.ok(refused.every((error) => error instanceof AmsError && error.code === 'part.unavailable'));
  // All of them were at the mercy of a Redis that is gone: nothing but the fallback could answer.
  assert.ok(most <= FALLBACK_MAX, `${most} at once`);
  assert.ok(loads <= MOST_IN_FALLBACK && loads > 0, `${loads} loads`);
  assert.ok(refused.length > 0);
  assert.ok((await metric('cacheFallbackRefusedTotal')) >= 100 - MOST_IN_FALLBACK);
});

test('look-ups go on while a Redis Cluster stands still, and then it is used again', async () => {
  const scratch = await scratchDir();
  const cluster = await startRedisCluster({ dir: scratch.dir, progress: silent });
  try {
    const process = await testProcess(cluster.url, COMMAND_MS);
    const cache = testCache(process, FALLBACK_MAX);
    const scope = unique('scope');
    await read(cache, scope, 'kept');
    cluster.kill('SIGSTOP');
    for (let i = 0; i < 20; i++)
      assert.deepEqual(await read(cache, scope, 'direct'), { value: 'direct', cache: 'off' });
    assert.ok((await process.metric('redisRequestsTotal', { outcome: 'refused' })) > 0);
    cluster.kill('SIGCONT');
    await until(async () => (await read(cache, scope, 'again')).cache === 'hit');
  } finally {
    disconnectAll();
    await cluster.stop();
    await scratch.remove();
  }
});

test('look-ups go on while Redis is killed and started again, empty', async () => {
  const own = await freshParts(['redis'], { own: true });
  const part = own.own.list[0]!;
  const process = await testProcess(part.url, COMMAND_MS);
  const cache = testCache(process, FALLBACK_MAX);
  const scope = unique('scope');
  await read(cache, scope, 'kept');
  part.kill('SIGKILL');
  await until(async () => (await read(cache, scope, 'direct')).cache === 'off');
  await own.close();
  const again = await startRedisAt(part.url);
  try {
    await until(async () => (await read(cache, scope, 'again')).cache === 'hit');
    assert.equal((await read(cache, scope, 'later')).value, 'again');
  } finally {
    await again.close();
  }
});
