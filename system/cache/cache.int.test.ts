import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Cache, LookUp } from './cache.ts';
import {
  disconnectAll,
  REDIS_KINDS,
  slowLoad,
  type TestRedis,
  testCache,
  testProcess,
  unique,
  until,
} from './testing.ts';

const read = <T>(cache: Cache, scope: string, value: T, lookUp?: LookUp<T>) =>
  cache.through(scope, 'key', 'long', async () => value, lookUp);
const BOTH = { tiers: 'both' } as const;

after(disconnectAll);

for (const kind of REDIS_KINDS) {
  describe(`on ${kind.name}`, () => {
    let server: TestRedis;
    before(async () => {
      server = await kind.start();
    });
    after(async () => {
      disconnectAll();
      await server.close();
    });

    async function process_() {
      const process = await testProcess(server.url);
      return { ...process, cache: testCache(process) };
    }

    /** Two processes whose first tiers hear each other. */
    async function twoWithFirstTiers() {
      const both = [await process_(), await process_()] as const;
      const warm = unique('warm');
      for (const { cache, metric } of both) {
        await until(async () => {
          await read(cache, warm, 0, BOTH);
          return (await metric('cacheFirstTierRequestsTotal', { outcome: 'hit' })) > 0;
        });
      }
      return both;
    }

    test('the first look-up loads, the next one hits, an invalidation makes it load again', async () => {
      const { cache, redis, metric } = await process_();
      const scope = unique('scope');
      const readShort = (value: number) => cache.through(scope, 'key', 'short-lived', async () => value);
      assert.deepEqual(await readShort(1), { value: 1, cache: 'miss' });
      assert.deepEqual(await readShort(2), { value: 1, cache: 'hit' });
      await cache.invalidate(scope);
      assert.deepEqual(await readShort(3), { value: 3, cache: 'miss' });
      const count = (outcome: string) => metric('cacheRequestsTotal', { outcome });
      assert.deepEqual([await count('miss'), await count('hit'), await count('stale')], [1, 1, 1]);
      const lifeSeconds = await redis.ttl(`value:{${scope}}:key`);
      assert.ok(lifeSeconds > 0 && lifeSeconds <= 30, `short-lived: ${lifeSeconds} s`);
    });

    test('an invalidation by another process is seen', async () => {
      const [one, two] = [await process_(), await process_()];
      const scope = unique('scope');
      await read(one.cache, scope, 'old');
      await two.cache.invalidate(scope);
      assert.deepEqual(await read(one.cache, scope, 'new'), { value: 'new', cache: 'miss' });
    });

    test('a load that began before an invalidation and ended after it is never served to later readers', async () => {
      const { cache } = await process_();
      const scope = unique('scope');
      const slow = slowLoad<string>();
      const early = cache.through(scope, 'key', 'short-lived', slow.load);
      await until(() => slow.calls() === 1);
      await cache.invalidate(scope);
      const during = await read(cache, scope, 'new');
      assert.deepEqual(during, { value: 'new', cache: 'miss' }, 'nobody joins the load from before the invalidation');
      slow.finish('old');
      assert.equal((await early).value, 'old');
      assert.notEqual((await read(cache, scope, 'newer')).value, 'old');
    });

    test('a generation that Redis evicted does not bring old values back', async () => {
      const { cache, redis } = await process_();
      const scope = unique('scope');
      await read(cache, scope, 'old');
      await redis.del(`generation:{${scope}}`);
      assert.deepEqual(await read(cache, scope, 'new'), { value: 'new', cache: 'miss' });
    });

    test('a thousand look-ups of one cold key at once are one load, in each process', async () => {
      const [one, two] = [await process_(), await process_()];
      const scope = unique('scope');
      await one.cache.invalidate(scope);
      const loads = [slowLoad<number>(), slowLoad<number>()];
      const crowds = [one, two].map(({ cache }, i) =>
        Array.from({ length: 1000 }, () => cache.through(scope, 'key', 'medium', loads[i]!.load)),
      );
      await until(async () => {
        const misses = [one, two].map(({ metric }) => metric('cacheRequestsTotal', { outcome: 'miss' }));
        return (await Promise.all(misses)).every((count) => count === 1000);
      });
      for (const load of loads) load.finish(7);
      const answers = await Promise.all(crowds.flat());
      assert.ok(answers.every(({ value }) => value === 7));
      assert.deepEqual(
        loads.map(({ calls }) => calls()),
        [1, 1],
      );
    });

    test('a load that fails reaches its caller and leaves nothing behind', async () => {
      const { cache } = await process_();
      const scope = unique('scope');
      const failing = cache.through(scope, 'key', 'short-lived', () => Promise.reject(new Error('no database')));
      await assert.rejects(failing, /no database/);
      assert.deepEqual(await read(cache, scope, 1), { value: 1, cache: 'miss' });
    });

    test('a caller who has seen a newer version is not given an older one from either tier', async () => {
      const [{ cache }] = await twoWithFirstTiers();
      const scope = unique('scope');
      const atLeast = (version: number): LookUp<{ version: number }> => ({
        ...BOTH,
        isFresh: (value) => value.version >= version,
      });
      await read(cache, scope, { version: 1 }, BOTH);
      assert.deepEqual(await read(cache, scope, { version: 9 }, atLeast(1)), { value: { version: 1 }, cache: 'hit' });
      assert.deepEqual(await read(cache, scope, { version: 2 }, atLeast(2)), { value: { version: 2 }, cache: 'miss' });
      assert.deepEqual(await read(cache, scope, { version: 9 }, BOTH), { value: { version: 2 }, cache: 'hit' });
    });

    test('the first tier answers without Redis, and an invalidation reaches that of every process', async () => {
      const [one, two] = await twoWithFirstTiers();
      const scope = unique('scope');
      for (const { cache } of [one, two]) await read(cache, scope, 'old', BOTH);
      const asked = () => one.metric('redisRequestsTotal', { outcome: 'answered' });
      const shared = () => one.metric('cacheRequestsTotal', { outcome: 'hit' });
      const before = [await shared(), await asked()];
      for (let i = 0; i < 100; i++) assert.equal((await read(one.cache, scope, 'new', BOTH)).value, 'old');
      assert.equal(await shared(), before[0]);
      assert.ok((await asked()) - before[1]! < 50, 'only the heart beats of the feed');

      await two.cache.invalidate(scope);
      assert.equal((await read(two.cache, scope, 'new', BOTH)).value, 'new', 'at once where it was made');
      await until(async () => (await read(one.cache, scope, 'new', BOTH)).value === 'new');
    });
  });
}
