import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { MongoClient } from 'mongodb';
import { Failure } from '../../cli/failure.ts';
import { silent } from '../../cli/progress.ts';
import { systemClock } from '../clock.ts';
import { findMongos, startSharded } from '../local/mongodb-sharded.ts';
import { scratchDir } from '../local/parts.ts';
import { freshParts } from '../local/testing.ts';
import { createProjector } from '../projections/apply.ts';
import { makeIndexes } from '../projections/indexes.ts';
import { memberCard } from '../projections/member-card/member-card.ts';
import { memberEvent } from '../projections/testing.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { memberLists } from './member-list.ts';
import { isSharded, shardAll } from './shard.ts';
import { SHARDING } from './shard-keys.ts';

const mongos = await findMongos();

test('on a single server there is nothing to shard', async () => {
  const parts = await freshParts(['mongodb']);
  const client = new MongoClient(parts.urls.mongodb);
  try {
    assert.equal(await isSharded(client.db()), false);
    assert.deepEqual(await shardAll(client.db()), []);
  } finally {
    await client.close();
    await parts.close();
  }
});

test('without mongos starting a cluster says what is missing and how to get it', {
  skip: mongos !== undefined,
}, async () => {
  const scratch = await scratchDir();
  const missing = (error: unknown) =>
    error instanceof Failure && error.code === 'part.missing' && /mongos/.test(error.hint);
  await assert.rejects(startSharded({ dir: scratch.dir, progress: silent }), missing);
  await scratch.remove();
});

const skip = mongos ? false : 'there is no mongos on this machine; compose has one (profile sharded)';

test('on a cluster every collection is sharded by its key, and projections and lists work through the router', {
  skip,
}, async () => {
  const scratch = await scratchDir();
  const cluster = await startSharded({ dir: scratch.dir, progress: silent });
  const client = new MongoClient(cluster.url);
  const db = client.db();
  try {
    assert.deepEqual(await shardAll(db), Object.keys(SHARDING));
    await makeIndexes(db);
    const metrics = createMetrics('worker', { version: 'test', commit: 'test' });
    const project = createProjector({
      db,
      projections: [memberCard],
      metrics,
      clock: systemClock,
      onDeadLetter: () => assert.fail(),
    });
    const ids = Array.from({ length: 100 }, () => randomUUID());
    for (const version of [1, 2, 3]) await project(ids.map((id) => memberEvent(id, version)));
    const { entries, total } = await memberLists(db).page({ tenantId: 't', page: 1, size: 10, sort: 'name' });
    assert.deepEqual([total, entries[0]?.version], [100, 3]);
    const plan = await db.command({ explain: { find: 'member_card', filter: { _id: `t/${ids[0]}` } } });
    assert.equal(plan.queryPlanner.winningPlan.shards.length, 1);
  } finally {
    await client.close();
    await cluster.stop();
    await scratch.remove();
  }
});
