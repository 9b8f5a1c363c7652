import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { silent } from '../../cli/progress.ts';
import { scratchDir } from '../local/parts.ts';
import { pingRedis } from '../local/redis.ts';
import { startRedisCluster } from '../local/redis-cluster.ts';
import { connectRedis, masters } from './redis.ts';
import { disconnectAll, testProcess, until } from './testing.ts';

after(disconnectAll);

test('a cluster is found by one of its nodes, with a password, and its URL can be asked for an answer', async () => {
  const scratch = await scratchDir();
  const cluster = await startRedisCluster({ dir: scratch.dir, progress: silent });
  try {
    const { redis } = await testProcess(cluster.url);
    for (const node of masters(redis)) await node.call('ACL', 'SETUSER', 'ams', 'on', '>p:w@d', '~*', '&*', '+@all');
    const [first] = cluster.url.slice('redis-cluster://'.length).split(',');
    const other = connectRedis(`redis-cluster://ams:${encodeURIComponent('p:w@d')}@${first}`, 5000, () => {});
    await new Promise((resolve) => other.once('ready', resolve));
    assert.equal(masters(other).length, 3);
    const names = await Promise.all(masters(other).map((node) => node.call('ACL', 'WHOAMI')));
    assert.deepEqual(names, ['ams', 'ams', 'ams']);
    other.disconnect();
    await pingRedis(cluster.url);
  } finally {
    disconnectAll();
    await cluster.stop();
    await scratch.remove();
  }
});

test('an absence is told once, however many attempts to reconnect it takes', async () => {
  const told: string[] = [];
  // Nothing listens on the discard port.
  const redis = connectRedis('redis://127.0.0.1:9', 50, (error) => told.push(error.message));
  let attempts = 0;
  redis.on('reconnecting', () => attempts++);
  await until(() => attempts >= 3);
  redis.disconnect();
  assert.equal(told.length, 1);
});
