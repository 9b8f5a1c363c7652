import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { silent } from '../../cli/progress.ts';
import { systemClock } from '../clock.ts';
import { scratchDir } from '../local/parts.ts';
import { startRedis } from '../local/redis.ts';
import { parseInfo, watchRedis } from './info.ts';
import { disconnectAll, REDIS_KINDS, testProcess, until } from './testing.ts';

after(disconnectAll);

for (const kind of REDIS_KINDS) {
  test(`the memory of ${kind.name} is in the metrics`, async () => {
    const server = await kind.start();
    try {
      const { guard, metrics, metric } = await testProcess(server.url);
      watchRedis({ redis: guard, clock: systemClock, metrics });
      await metrics.expose();
      await until(async () => (await metric('redisMemoryBytes', { kind: 'used' })) > 100_000);
      assert.equal(await metric('redisReplicas'), 0);
      const asked = await metric('redisRequestsTotal', { outcome: 'answered' });
      for (let i = 0; i < 10; i++) await metrics.expose();
      assert.equal(await metric('redisRequestsTotal', { outcome: 'answered' }), asked, 'not at every reading');
    } finally {
      disconnectAll();
      await server.close();
    }
  });
}

test('how far a replica is behind is read from a real one that stands still', async () => {
  const [one, two] = [await scratchDir(), await scratchDir()];
  const master = await startRedis({ dir: one.dir, progress: silent });
  const replica = await startRedis({ dir: two.dir, progress: silent });
  try {
    const { redis } = await testProcess(master.url);
    const other = (await testProcess(replica.url)).redis;
    await other.call('replicaof', '127.0.0.1', new URL(master.url).port);
    const info = async () => parseInfo(await redis.info());
    await until(async () => (await info()).replicas === 1 && (await info()).lagBytes < 1000);
    replica.kill('SIGSTOP');
    await redis.set('key', 'x'.repeat(100_000));
    await until(async () => (await info()).lagBytes >= 100_000);
    replica.kill('SIGCONT');
    await until(async () => (await info()).lagBytes < 1000);
  } finally {
    disconnectAll();
    await Promise.all([master.stop(), replica.stop()]);
    await Promise.all([one.remove(), two.remove()]);
  }
});
