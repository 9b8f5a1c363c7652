import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { MongoClient } from 'mongodb';
import type { Cache } from '../cache/cache.ts';
import { disconnectAll, testCache, testProcess } from '../cache/testing.ts';
import { systemClock as clock } from '../clock.ts';
import { freshParts, type TestParts } from '../local/testing.ts';
import { readModelConsumer } from '../projections/consumer.ts';
import { classEvent } from '../projections/testing.ts';
import type { OutboxEvent } from '../relay/event.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { createTracing } from '../telemetry/tracing.ts';
import { classCards } from './class-card.ts';
import { readAtLeast } from './read-your-writes.ts';

const metrics = createMetrics('worker', { version: 'test', commit: 'test' });
const silence = { debug() {}, info() {}, warn() {}, error() {} };
let parts: TestParts;
let client: MongoClient;
/** The caches of the API and of the worker: two processes, one Redis. */
let [api, worker]: Cache[] = [];
before(async () => {
  parts = await freshParts(['mongodb', 'redis']);
  client = new MongoClient(parts.urls.mongodb);
  [api, worker] = [testCache(await testProcess(parts.urls.redis)), testCache(await testProcess(parts.urls.redis))];
});
after(async () => {
  disconnectAll();
  await client.close();
  await parts.close();
});

/** Applies events as a worker does, with or without telling the caches. */
async function apply(events: OutboxEvent[], cache: Pick<Cache, 'invalidate'> = worker!): Promise<void> {
  const tracer = createTracing({ sampleRatio: 0, serviceName: 'test', version: 'test' });
  const consumer = readModelConsumer({ db: client.db(), cache, metrics, clock, log: silence, tracer });
  await consumer.handle(events);
  await consumer.stop?.();
}

test('a caller who has seen a version gets it although an older one is cached, and others get it then too', async () => {
  const cards = classCards(client.db(), api!);
  const version = async (atLeast?: number) => (await cards.one('t', 'c', { atLeast })).value?.version;
  await apply([classEvent('c', 1)]);
  assert.equal(await version(), 1);
  assert.equal((await cards.one('t', 'c')).cache, 'hit');
  // The worker has died between the document and the invalidation.
  await apply([classEvent('c', 2)], { invalidate: async () => {} });
  assert.equal(await version(), 1, 'nothing is cached: this shows nothing');
  const wait = { waitMs: 5000, clock, metrics };
  const find = async (primary: boolean) => (await cards.one('t', 'c', { primary, atLeast: 2 })).value;
  const { document, stale } = await readAtLeast(find, 2, wait);
  assert.deepEqual([document?.version, stale], [2, false]);
  assert.equal(await version(), 2);
});

test('a change of a class ends what is cached of it in other processes', async () => {
  const cards = classCards(client.db(), api!);
  await apply([classEvent('d', 1)]);
  assert.equal((await cards.one('t', 'd')).value?.name, 'class 1');
  await apply([classEvent('d', 2)]);
  const deadline = performance.now() + 30_000;
  let name: string | undefined;
  while (name !== 'class 2' && performance.now() < deadline) name = (await cards.one('t', 'd')).value?.name;
  assert.equal(name, 'class 2');
});

test('a class of another academy is not shown, and one that does not exist is not remembered as missing', async () => {
  const cards = classCards(client.db(), api!);
  await apply([classEvent('e', 1)]);
  assert.equal((await cards.one('other', 'e')).value, null);
  assert.equal((await cards.one('t', 'f')).value, null);
  await apply([classEvent('f', 1)]);
  assert.equal((await cards.one('t', 'f', { atLeast: 1 })).value?.version, 1);
});
