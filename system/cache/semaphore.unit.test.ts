import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSemaphore, Overloaded } from './semaphore.ts';
import { slowLoad } from './testing.ts';

const MINUTE = 60_000;

test('works beyond the number at once wait their turn, in order', async () => {
  const semaphore = createSemaphore({ max: 2, maxWaiting: 2, maxWaitMs: MINUTE });
  const works = [0, 1, 2, 3].map(() => slowLoad<number>());
  const order: number[] = [];
  const results = works.map((work, i) =>
    semaphore.run(() => {
      order.push(i);
      return work.load();
    }),
  );
  await new Promise(setImmediate);
  assert.deepEqual([semaphore.running, semaphore.waiting, order], [2, 2, [0, 1]]);
  works[1]!.finish(1);
  assert.equal(await results[1], 1);
  await new Promise(setImmediate);
  assert.deepEqual([semaphore.running, semaphore.waiting, order], [2, 1, [0, 1, 2]]);
  for (const work of works) work.finish(0);
  await Promise.all(results);
  assert.deepEqual([semaphore.running, semaphore.waiting], [0, 0]);
});

test('who finds the queue full is refused at once, and who waits too long is refused then', async () => {
  const semaphore = createSemaphore({ max: 1, maxWaiting: 1, maxWaitMs: 5 });
  const work = slowLoad<void>();
  const running = semaphore.run(work.load);
  const waiting = semaphore.run(work.load);
  await assert.rejects(semaphore.run(work.load), Overloaded);
  await assert.rejects(waiting, Overloaded);
  assert.equal(semaphore.waiting, 0);
  work.finish();
  await running;
  assert.equal(work.calls(), 1);
});

test('a work that fails frees its room', async () => {
  const semaphore = createSemaphore({ max: 1, maxWaiting: 0, maxWaitMs: MINUTE });
  await assert.rejects(
    semaphore.run(() => Promise.reject(new Error('broken'))),
    /broken/,
  );
  assert.equal(await semaphore.run(async () => 'fine'), 'fine');
});
