import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { silent } from '../../cli/progress.ts';
import { systemClock as clock } from '../clock.ts';
import { type ReplicaSet, startReplicaSet } from '../local/mongodb-replica-set.ts';
import { scratchDir } from '../local/parts.ts';
import { memberCards } from '../read/member-card.ts';
import { memberLists } from '../read/member-list.ts';
import { connectMongo, type Mongo } from '../read/mongo.ts';
import { readAtLeast } from '../read/read-your-writes.ts';
import { until } from '../relay/testing.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { createProjector } from './apply.ts';
import { makeIndexes } from './indexes.ts';
import { memberCard } from './member-card/member-card.ts';
import { memberEvent } from './testing.ts';

const metrics = createMetrics('worker', { version: 'test', commit: 'test' });
let scratch: Awaited<ReturnType<typeof scratchDir>>;
let set: ReplicaSet;
let api: Mongo;
let worker: Mongo;
before(async () => {
  scratch = await scratchDir();
  set = await startReplicaSet({ dir: scratch.dir, progress: silent });
  const config = { MONGODB_URL: set.url, MONGO_POOL_MAX: 5, MONGO_WAIT_MS: 1000 };
  worker = connectMongo(config, metrics);
  api = connectMongo(config, metrics);
  await makeIndexes(worker.db);
});
after(async () => {
  await Promise.all([worker.close(), api.close()]);
  await set.stop();
  await scratch.remove();
});

const project = (events: Parameters<ReturnType<typeof createProjector>>[0]) =>
  createProjector({
    db: worker.db,
    projections: [memberCard],
    metrics,
    clock,
    onDeadLetter: (...what) => assert.fail(String(what)),
  })(events);

/** As the relay does it: the same batch again until it is taken. Gives how often it was refused. */
async function delivered(events: Parameters<typeof project>[0]): Promise<number> {
  for (let refusals = 0; ; refusals++) {
    try {
      await project(events);
      return refusals;
    } catch {
      await sleep(100);
    }
  }
}

test('the primary is killed in the middle of projections and reads: reads go on, projections catch up, nothing is lost', async () => {
  const ids = Array.from({ length: 200 }, () => randomUUID());
  await delivered(ids.map((id) => memberEvent(id, 1)));
  const failed: string[] = [];
  let [reading, reads] = [true, 0];
  async function read(): Promise<void> {
    for (let n = 0; reading; n++) {
      try {
        const [card, page] = await Promise.all([
          memberCards(api.db)('t', ids[n % ids.length]!),
          memberLists(api.db).page({ tenantId: 't', page: 1, size: 10, sort: 'name' }),
        ]);
        if (!card || page.entries.length === 0) failed.push('empty');
      } catch (error) {
        failed.push(String((error as Error).cause ?? error));
      }
      reads++;
      await sleep(5);
    }
  }
  const readers = [read(), read()];
  let killed = -1;
  for (let version = 2; version <= 30; version++) {
    if (version === 10) killed = await set.killPrimary();
    await delivered(ids.map((id) => memberEvent(id, version)));
  }
  assert.notEqual(await set.primary(), killed);
  reading = false;
  await Promise.all(readers);
  assert.ok(reads > 100, `only ${reads} reads`);
  assert.deepEqual(failed, [], `of ${reads} reads`);

  const cards = await worker.db.collection('member_card').find({}, { readPreference: 'primary' }).toArray();
  assert.equal(cards.length, ids.length);
  assert.ok(cards.every(({ version, name }) => version === 30 && name === 'name 30'));
  assert.equal(await worker.db.collection('parked').countDocuments({}, { readPreference: 'primary' }), 0);
  await set.restartMember(killed);
});

test('a caller who has seen a version gets it although the replica that reads go to is behind', async () => {
  const late = ((await set.primary()) + 1) % 3;
  const url = `${set.url}&readPreference=secondary&readPreferenceTags=member:${late}`;
  const reader = connectMongo({ MONGODB_URL: url, MONGO_POOL_MAX: 5, MONGO_WAIT_MS: 5000 }, metrics);
  const id = randomUUID();
  const card = memberCards(reader.db);
  const read = (minVersion: number) =>
    readAtLeast((primary) => card('t', id, { primary }), minVersion, { waitMs: 30_000, clock, metrics });
  await delivered([memberEvent(id, 1)]);
  await until(async () => (await card('t', id))?.version === 1);
  const held = await set.holdBack(late);
  try {
    // The primary and the other secondary are a majority: projections go on.
    await delivered([memberEvent(id, 2)]);
    assert.equal((await card('t', id))?.version, 1, 'the late one has it already: this shows nothing');
    const { document, stale } = await read(2);
    assert.deepEqual([document?.version, stale], [2, false]);
    assert.equal((await card('t', id))?.version, 1, 'so it was the primary that answered');
  } finally {
    await held.release();
    await reader.close();
  }
});
