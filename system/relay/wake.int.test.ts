import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectRedis } from '../cache/redis.ts';
import { freshParts } from '../local/testing.ts';
import { createWaker } from './wake.ts';

test('hints of one process are heard by another, many of them as few messages', async () => {
  const parts = await freshParts(['redis']);
  const one = connectRedis(parts.urls.redis, 1000, () => {});
  const two = connectRedis(parts.urls.redis, 1000, () => {});
  const sender = createWaker(one);
  const publish = one.publish.bind(one);
  let published = 0;
  one.publish = ((channel: string, message: string) => {
    published++;
    return publish(channel, message);
  }) as typeof one.publish;
  let heard = 0;
  const listener = createWaker(two).listen(() => heard++);
  try {
    while (heard === 0) {
      sender.hint();
      await sleep(20);
    }
    published = 0;
    for (let i = 0; i < 1000; i++) sender.hint();
    await sleep(50);
    assert.equal(published, 2, 'one at once and one for all that came after it');
  } finally {
    listener.close();
    one.disconnect();
    two.disconnect();
    await parts.close();
  }
});

test('without Redis a hint is lost, and that is all', async () => {
  const redis = connectRedis('redis://127.0.0.1:1', 50, () => {});
  const waker = createWaker(redis);
  const listener = waker.listen(() => assert.fail('nobody can have called'));
  for (let i = 0; i < 10; i++) {
    waker.hint();
    await sleep(10);
  }
  listener.close();
  redis.disconnect();
});
