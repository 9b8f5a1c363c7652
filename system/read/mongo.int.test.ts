// A MongoDB that comes later than we do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { silent } from '../../cli/progress.ts';
import { startMongodb } from '../local/mongodb.ts';
import { scratchDir } from '../local/parts.ts';
import { freePort } from '../local/ports.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { connectMongo } from './mongo.ts';

test('a server that starts after we have asked in vain is used as soon as it answers', async () => {
  const scratch = await scratchDir();
  const port = await freePort();
  const config = { MONGODB_URL: `mongodb://127.0.0.1:${port}/later`, MONGO_POOL_MAX: 2, MONGO_WAIT_MS: 300 };
  const mongo = connectMongo(config, createMetrics('api', { version: 'test', commit: 'test' }));
  const ask = () => mongo.db.command({ ping: 1 });
  try {
    // Twice: the second time the driver has given up.
    await assert.rejects(ask());
    await assert.rejects(ask());
    const server = await startMongodb({ dir: scratch.dir, progress: silent, port });
    try {
      while ((await ask().catch(() => undefined)) === undefined) await sleep(50);
    } finally {
      await server.stop();
    }
  } finally {
    await mongo.close();
    await scratch.remove();
  }
});

test('one that is closed while nobody answers does not come back', async () => {
  const config = { MONGODB_URL: 'mongodb://127.0.0.1:9/never', MONGO_POOL_MAX: 2, MONGO_WAIT_MS: 100 };
  const mongo = connectMongo(config, createMetrics('api', { version: 'test', commit: 'test' }));
  await assert.rejects(mongo.db.command({ ping: 1 }));
  await mongo.close();
  await sleep(600);
  await assert.rejects(mongo.db.command({ ping: 1 }));
});
