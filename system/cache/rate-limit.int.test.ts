import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createRateLimiter, type LimitKind } from './rate-limit.ts';
import { masters, type RedisClient } from './redis.ts';
import { disconnectAll, REDIS_KINDS, type TestRedis, testProcess, unique, until } from './testing.ts';

const LIMITS: Record<LimitKind, number> = { general: 100, signIn: 5, verification: 3 };
/** A twentieth of the limit: what one instance lets pass before Redis knows. */
const CREDIT = 5;

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

    /** The limiter of one instance, on a clock that the test can move on. */
    async function instance() {
      const process = await testProcess(server.url);
      let movedMs = 0;
      const clock = { monotonicMs: () => performance.now() + movedMs };
      const limiter = createRateLimiter({ redis: process.guard, metrics: process.metrics, clock, limits: LIMITS });
      return { ...process, limiter, pass: (ms: number) => (movedMs += ms) };
    }

    /** The key under which Redis counts a subject, once it does. */
    async function keyOf(redis: RedisClient, name: string): Promise<string> {
      let found: string[] = [];
      await until(async () => {
        found = (await Promise.all(masters(redis).map((node) => node.keys(`limit:*${name}`)))).flat();
        return found.length > 0;
      });
      return found[0]!;
    }

    test('sign-ins are counted exactly over all instances, also when they come at once', async () => {
      const instances = [await instance(), await instance(), await instance()];
      const name = unique('name');
      const decisions = await Promise.all(
        Array.from({ length: 30 }, (_, i) => instances[i % 3]!.limiter.take('signIn', name)),
      );
      assert.equal(decisions.filter(({ allowed }) => allowed).length, 5);
      for (const { allowed, retryAfterSeconds } of decisions) {
        assert.ok(allowed ? retryAfterSeconds === 0 : retryAfterSeconds >= 1 && retryAfterSeconds <= 61);
      }
    });

    test('one instance never exceeds a limit, and answers most requests without waiting', async () => {
      const { limiter, metric } = await instance();
      const name = unique('user');
      let [allowed, waited] = [0, 0];
      for (let i = 0; i < 150; i++) {
        const taken = limiter.take('general', name);
        if (taken instanceof Promise) waited++;
        if ((await taken).allowed) allowed++;
      }
      assert.equal(allowed, 100);
      assert.ok(waited <= 100 / CREDIT + CREDIT + 1, `${waited} waited`);
      const decided = (outcome: string) => metric('rateLimitDecisionsTotal', { kind: 'general', outcome });
      assert.deepEqual([await decided('allowed'), await decided('refused')], [100, 50]);
    });

    test('several instances exceed it by one credit for each further instance at most', async () => {
      const instances = [await instance(), await instance(), await instance()];
      const name = unique('user');
      const decisions = await Promise.all(
        Array.from({ length: 600 }, (_, i) => instances[i % 3]!.limiter.take('general', name)),
      );
      const allowed = decisions.filter((decision) => decision.allowed).length;
      assert.ok(allowed >= 100 && allowed <= 100 + 2 * CREDIT, `${allowed} passed`);
    });

    test('a few requests on one instance are soon known to the others', async () => {
      const [one, two] = [await instance(), await instance()];
      const name = unique('user');
      for (let i = 0; i < 3; i++) assert.ok((await one.limiter.take('general', name)).allowed);
      const key = await keyOf(one.redis, name);
      await until(async () => (await one.redis.hvals(key)).reduce((sum, count) => sum + Number(count), 0) === 3);
      let allowed = 0;
      for (let i = 0; i < 150; i++) if ((await two.limiter.take('general', name)).allowed) allowed++;
      assert.equal(allowed, 97);
    });

    test('subjects and kinds are counted apart', async () => {
      const { limiter } = await instance();
      const [one, two] = [unique('name'), unique('name')];
      for (let i = 0; i < 4; i++) await limiter.take('verification', one);
      assert.equal((await limiter.take('verification', one)).allowed, false);
      assert.equal((await limiter.take('verification', two)).allowed, true);
      assert.equal((await limiter.take('signIn', one)).allowed, true);
    });

    test('what passed a minute ago is forgotten, what passed since is not', async () => {
      const { limiter, redis, pass } = await instance();
      const name = unique('name');
      for (let i = 0; i < 5; i++) await limiter.take('signIn', name);
      const key = await keyOf(redis, name);
      const refused = await limiter.take('signIn', name);
      assert.equal(refused.allowed, false);
      // Redis has the only clock that counts. Its five, moved back in time: three to 61 s ago, two to 30 s ago.
      const now = Number((await redis.time())[0]);
      await redis.del(key);
      await redis.hset(key, { [now - 61]: 3, [now - 30]: 2 });
      assert.equal((await limiter.take('signIn', name)).allowed, false, 'Redis has said when to come again');
      pass(refused.retryAfterSeconds * 1000);
      const after = [];
      for (let i = 0; i < 4; i++) after.push(await limiter.take('signIn', name));
      assert.deepEqual(
        after.map(({ allowed }) => allowed),
        [true, true, true, false],
      );
      const waitSeconds = after[3]!.retryAfterSeconds;
      assert.ok(waitSeconds > 20 && waitSeconds <= 31, `room when the two are 61 s old: ${waitSeconds}`);
    });

    test('without Redis each instance counts by itself, and nobody else is refused', async () => {
      const { limiter, redis, metric, pass } = await instance();
      redis.disconnect();
      const name = unique('user');
      let allowed = 0;
      for (let i = 0; i < 150; i++) if ((await limiter.take('general', name)).allowed) allowed++;
      assert.equal(allowed, 100);
      assert.equal((await limiter.take('signIn', name)).allowed, true);
      const here = (outcome: string) =>
        metric('rateLimitDecisionsTotal', { kind: 'general', outcome, counted: 'process' });
      assert.ok((await here('allowed')) > 0);
      assert.equal(await here('refused'), 50);
      pass(61_000);
      assert.equal((await limiter.take('general', name)).allowed, true, 'a minute later');
    });
  });
}
