// What Redis stores for us besides cached values: sessions, codes, answers of commands, marks of handled events.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Clock, systemClock } from '../clock.ts';
import { AmsError } from '../errors.ts';
import { type Asked, createAnswers } from './answers.ts';
import { createCodes } from './codes.ts';
import { createDedupe } from './dedupe.ts';
import { createSessions } from './sessions.ts';
import { disconnectAll, REDIS_KINDS, type TestRedis, testProcess, unique, until } from './testing.ts';

const ACTOR = { id: 'account-1', tenantId: 'academy-1', role: 'teacher' };
const SECRET = 'a-secret-of-the-tests';
const DAY_MS = 24 * 3600 * 1000;
const isUnavailable = (error: unknown) => error instanceof AmsError && error.code === 'part.unavailable';

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

    async function stores(clock: Pick<Clock, 'now'> = systemClock) {
      const process = await testProcess(server.url);
      const { guard: redis, metrics } = process;
      return {
        ...process,
        sessions: createSessions<typeof ACTOR>({ redis, clock, secret: SECRET }),
        codes: createCodes({ redis, secret: SECRET }),
        answers: createAnswers({ redis, metrics }),
      };
    }

    describe('sessions', () => {
      test('a refresh token is good once, on any instance, and gives the actor and the next one', async () => {
        const [one, two] = [await stores(), await stores()];
        const begun = await one.sessions.begin(ACTOR);
        const first = await two.sessions.rotate(begun.refreshToken);
        assert.deepEqual(first!.actor, ACTOR);
        assert.notEqual(first!.refreshToken, begun.refreshToken);
        const second = await one.sessions.rotate(first!.refreshToken);
        assert.deepEqual(second!.actor, ACTOR);
        assert.deepEqual(second!.expiresAt, begun.expiresAt, 'a session does not get longer by refreshing');
      });

      test('a token whose answer was lost gives the same answer again, on any instance, for ten seconds', async () => {
        const began = Date.now();
        let elapsedMs = 0;
        const clock = { now: () => new Date(began + elapsedMs) };
        const [one, two] = [await stores(clock), await stores(clock)];
        const { refreshToken } = await one.sessions.begin(ACTOR);
        const lost = await one.sessions.rotate(refreshToken);
        elapsedMs = 9_999;
        assert.deepEqual(await two.sessions.rotate(refreshToken), lost);
        assert.notEqual(await one.sessions.rotate(lost!.refreshToken), null, 'what it was answered is good');

        const again = await one.sessions.begin(ACTOR);
        const stolen = await one.sessions.rotate(again.refreshToken);
        elapsedMs += 10_000;
        assert.equal(await two.sessions.rotate(again.refreshToken), null, 'nobody repeats a request so late');
        assert.equal(await one.sessions.rotate(stolen!.refreshToken), null, 'the session has ended');
      });

      test('a token older than the last one ends the session at once, also for the one who holds the new token', async () => {
        const { sessions } = await stores();
        const begun = await sessions.begin(ACTOR);
        const second = await sessions.rotate(begun.refreshToken);
        const third = await sessions.rotate(second!.refreshToken);
        assert.equal(await sessions.rotate(begun.refreshToken), null);
        assert.equal(await sessions.rotate(third!.refreshToken), null);
      });

      test('two refreshes at once get the same token, and the session goes on', async () => {
        const { sessions } = await stores();
        const { refreshToken } = await sessions.begin(ACTOR);
        const [one, two] = await Promise.all([sessions.rotate(refreshToken), sessions.rotate(refreshToken)]);
        assert.deepEqual(one, two);
        assert.notEqual(await sessions.rotate(one!.refreshToken), null);
      });

      test('without the secret an old token does not tell the next one', async () => {
        const { sessions, guard: redis } = await stores();
        const { refreshToken } = await sessions.begin(ACTOR);
        const next = await sessions.rotate(refreshToken);
        const stranger = createSessions<typeof ACTOR>({ redis, clock: systemClock, secret: `${SECRET}!` });
        assert.equal(await stranger.rotate(refreshToken), null);
        assert.equal(await sessions.rotate(next!.refreshToken), null, 'and the attempt has ended the session');
      });

      test('an ended session cannot be refreshed, other sessions of the actor can', async () => {
        const { sessions } = await stores();
        const [phone, laptop] = [await sessions.begin(ACTOR), await sessions.begin(ACTOR)];
        await sessions.end(phone.refreshToken);
        await sessions.end(phone.refreshToken);
        assert.equal(await sessions.rotate(phone.refreshToken), null);
        assert.notEqual(await sessions.rotate(laptop.refreshToken), null);
      });

      test('what is no token of ours is refused and touches nothing', async () => {
        const { sessions } = await stores();
        const { refreshToken } = await sessions.begin(ACTOR);
        const [id] = refreshToken.split('.');
        for (const token of ['', '.', 'x.y', `${id}.short`, `${id}.${'*'.repeat(43)}`, `{${id}}.${'a'.repeat(43)}`]) {
          assert.equal(await sessions.rotate(token), null, token);
          await sessions.end(token);
        }
        assert.notEqual(await sessions.rotate(refreshToken), null);
      });

      test('Redis holds no token, and forgets the session when it expires', async () => {
        const { sessions, redis } = await stores();
        const { refreshToken, expiresAt } = await sessions.begin(ACTOR);
        const [id, secret] = refreshToken.split('.');
        const key = `session:{${id}}`;
        assert.ok(!JSON.stringify(await redis.hgetall(key)).includes(secret!));
        const lifeMs = await redis.pttl(key);
        assert.ok(lifeMs > 29 * DAY_MS && lifeMs <= 30 * DAY_MS);
        assert.ok(Math.abs(expiresAt.getTime() - Date.now() - lifeMs) < 60_000);
        await sessions.rotate(refreshToken);
        assert.ok((await redis.pttl(key)) <= lifeMs);
      });

      test('without Redis they say so at once', async () => {
        const { sessions, redis } = await stores();
        const { refreshToken } = await sessions.begin(ACTOR);
        redis.disconnect();
        await assert.rejects(sessions.begin(ACTOR), isUnavailable);
        await assert.rejects(sessions.rotate(refreshToken), isUnavailable);
        await assert.rejects(sessions.end(refreshToken), isUnavailable);
      });
    });

    describe('codes', () => {
      test('a code of six digits proves the phone it was issued for, once', async () => {
        const { codes } = await stores();
        const { id, code } = await codes.issue('academy-1', '010-1234-5678');
        assert.match(code, /^\d{6}$/);
        const proof = { ok: true, tenantId: 'academy-1', phone: '010-1234-5678' };
        assert.deepEqual(await codes.check(id, code), proof);
        assert.deepEqual(await codes.check(id, code), { ok: false, triesLeft: 0 });
      });

      test('after five wrong tries the right code is of no use, also when they come at once', async () => {
        const { codes } = await stores();
        const { id, code } = await codes.issue('academy-1', '010-1234-5678');
        const wrong = code === '000000' ? '000001' : '000000';
        const tries = await Promise.all(Array.from({ length: 6 }, () => codes.check(id, wrong)));
        assert.deepEqual(
          tries.map((tried) => !tried.ok && tried.triesLeft),
          [4, 3, 2, 1, 0, 0],
        );
        assert.deepEqual(await codes.check(id, code), { ok: false, triesLeft: 0 });
      });

      test('Redis holds no code, and forgets it after three minutes', async () => {
        const { codes, redis } = await stores();
        const { id, code } = await codes.issue('academy-1', '010-1234-5678');
        const kept = await redis.hgetall(`code:{${id}}`);
        assert.ok(!Object.values(kept).some((value) => value.includes(code)));
        const lifeSeconds = await redis.ttl(`code:{${id}}`);
        assert.ok(lifeSeconds > 0 && lifeSeconds <= 180);
      });

      test('what is no id of ours is unknown', async () => {
        const { codes } = await stores();
        for (const id of ['', '*', '{x}', 'a'.repeat(23)]) {
          assert.deepEqual(await codes.check(id, '123456'), { ok: false, triesLeft: 0 });
        }
      });

      test('without Redis they say so at once', async () => {
        const { codes, redis } = await stores();
        redis.disconnect();
        await assert.rejects(codes.issue('academy-1', '010-1234-5678'), isUnavailable);
        await assert.rejects(codes.check('a'.repeat(22), '123456'), isUnavailable);
      });
    });

    describe('answers', () => {
      const asked = (change: Partial<Asked> = {}): Asked => ({
        tenantId: 'academy-1',
        actor: 'manager-1',
        idempotencyKey: unique('key'),
        requestHash: 'hash-1',
        ...change,
      });

      test('an answer is given again for the same request, and told apart from another one under the same key', async () => {
        const [one, two] = [await stores(), await stores()];
        const request = asked();
        assert.equal(await two.answers.recall(request), null);
        one.answers.remember(request, { status: 201, json: '{"id":"a b","version":1}' });
        await until(async () => (await two.answers.recall(request)) !== null);
        const replayed = { outcome: 'replayed', status: 201, response: { id: 'a b', version: 1 } };
        assert.deepEqual(await two.answers.recall(request), replayed);
        const other = await two.answers.recall({ ...request, requestHash: 'hash-2' });
        assert.equal(other!.outcome, 'reused');
        for (const change of [{ tenantId: 'academy-2' }, { actor: 'manager-2' }])
          assert.equal(await two.answers.recall({ ...request, ...change }), null);
      });

      test('Redis is asked about new keys only while retries are frequent', async () => {
        const [one, two] = [await stores(), await stores()];
        const requests = Array.from({ length: 300 }, () => asked());
        const recall = async (some: Asked[]) => {
          for (const request of some) await two.answers.recall(request);
        };
        const count = (outcome: string) => two.metric('idempotencyRecallsTotal', { outcome });
        for (const request of requests) one.answers.remember(request, { status: 200, json: '{}' });
        // The last ten are in every slot.
        for (const request of requests.slice(290))
          await until(async () => (await one.answers.recall(request)) !== null);

        await recall(requests.slice(0, 100));
        assert.deepEqual([await count('unasked'), await count('hit')], [100, 0], 'nothing says that these are retries');
        await recall(requests.slice(0, 5));
        assert.equal(await count('hit'), 5, 'seen before');
        await recall(requests.slice(100, 200));
        assert.equal(await count('hit'), 105, 'new here, but retries are about');
        for (let i = 0; i < 600; i++) await two.answers.recall(asked());
        const missed = await count('miss');
        await recall(requests.slice(200, 300));
        assert.deepEqual([await count('hit'), await count('miss')], [105, missed], 'calm again');
      });

      test('a tenant, actor and key that run into each other are not mixed up', async () => {
        const { answers } = await stores();
        const key = unique('key');
        const one = asked({ tenantId: 't', actor: 'a","b', idempotencyKey: key });
        answers.remember(one, { status: 200, json: '1' });
        await until(async () => (await answers.recall(one)) !== null);
        assert.equal(await answers.recall(asked({ tenantId: 't","a', actor: 'b', idempotencyKey: key })), null);
      });

      test('without Redis nothing is known and nothing fails', async () => {
        const { answers, redis, metric } = await stores();
        const request = asked();
        redis.disconnect();
        answers.remember(request, { status: 200, json: '{}' });
        assert.equal(await answers.recall(request), null);
        assert.equal(await answers.recall(request), null);
        assert.equal(await metric('idempotencyRecallsTotal', { outcome: 'error' }), 1);
      });
    });

    describe('marks of handled events', () => {
      test('marked ids are seen by every process of the group, and by no other group', async () => {
        const [one, two] = [await stores(), await stores()];
        const group = unique('group');
        const ids = ['t/1/1', 't/1/2', 't/2/1'];
        const dedupe = createDedupe({ redis: one.guard, group });
        assert.deepEqual(await dedupe.seen(ids), new Set());
        await dedupe.mark(ids.slice(0, 2));
        assert.deepEqual(await createDedupe({ redis: two.guard, group }).seen(ids), new Set(['t/1/1', 't/1/2']));
        assert.deepEqual(await createDedupe({ redis: one.guard, group: unique('other') }).seen(ids), new Set());
        assert.deepEqual(await dedupe.seen([]), new Set());
      });

      test('without Redis nothing is seen and nothing fails', async () => {
        const { guard, redis } = await stores();
        const dedupe = createDedupe({ redis: guard, group: unique('group') });
        redis.disconnect();
        await dedupe.mark(['t/1/1']);
        assert.deepEqual(await dedupe.seen(['t/1/1']), new Set());
      });
    });
  });
}
