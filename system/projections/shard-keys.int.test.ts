import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type Document, MongoClient } from 'mongodb';
import { systemClock } from '../clock.ts';
import { SHARD_KEY, SHARDING, UNSHARDED } from '../read/shard-keys.ts';
import { filtersOf, targetOf } from '../read/targeting.ts';
import { askEverything, watchCommands } from '../read/testing.ts';
import type { OutboxEvent } from '../relay/event.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { commandHandlers } from '../write/commands.ts';
import { contextOf, freshWriteModel, type TestWriteModel } from '../write/testing.ts';
import { createProjector } from './apply.ts';
import { deadLetters } from './deadletters/letters.ts';
import { makeIndexes } from './indexes.ts';
import { PROJECTIONS } from './projections.ts';
import { rebuildAll } from './rebuild/run.ts';
import { markBuckets } from './statistics/dirty.ts';
import { turn } from './statistics.ts';
import { attendanceEvent, classEvent, enrolmentEvent, memberEvent, paymentEvent } from './testing.ts';

let model: TestWriteModel;
let client: MongoClient;
let sent: Document[];
const metrics = createMetrics('worker', { version: 'test', commit: 'test' });
const clock = systemClock;
before(async () => {
  model = await freshWriteModel(['mongodb']);
  client = new MongoClient(model.urls.mongodb, { monitorCommands: true });
  await makeIndexes(client.db());
  sent = watchCommands(client);
});
after(async () => {
  await client.close();
  await model.close();
});

/** What a command sends to a sharded collection without saying to which shard. Empty when all is well. */
function untargeted(command: Document): string[] {
  return filtersOf(command)
    .filter(({ collection }) => !(collection in UNSHARDED) && collection !== 'notification_dead_letter')
    .flatMap(({ collection, kind, filter }) => {
      const name = collection.replace(/_rebuild$/, '');
      if (!(name in SHARDING)) return [`${collection} has no shard key: ${JSON.stringify(command)}`];
      const target = targetOf(SHARD_KEY, filter);
      const wanted = kind === 'write' ? ['one'] : ['one', 'some'];
      return wanted.includes(target) ? [] : [`${kind} of ${collection} goes to ${target}: ${JSON.stringify(filter)}`];
    });
}

/** Every command that was sent since the last call, checked. */
function check(): string[] {
  const commands = sent.splice(0);
  assert.deepEqual(commands.flatMap(untargeted), []);
  return [...new Set(commands.flatMap((command) => filtersOf(command).map(({ collection }) => collection)))].sort();
}

test('the watch itself finds what goes to all shards', () => {
  assert.match(untargeted({ find: 'member_card', filter: { tenantId: 't' } })[0]!, /read of member_card goes to all/);
  assert.match(
    untargeted({ update: 'payment', updates: [{ q: { _id: { $gte: 'a' } } }] })[0]!,
    /write of payment goes to some/,
  );
  assert.match(untargeted({ find: 'a_new_collection', filter: { _id: 1 } })[0]!, /has no shard key/);
  assert.deepEqual(untargeted({ find: 'parked', filter: {} }), []);
});

test('projections, the statistics and dead letters name the shard in every operation', async () => {
  const db = client.db();
  const project = createProjector({ db, projections: PROJECTIONS, metrics, clock, onDeadLetter() {} });
  const apply = async (events: OutboxEvent[]) => {
    await project(events);
    await markBuckets(db, events, clock.now());
  };
  const builders = [memberEvent, classEvent, enrolmentEvent, attendanceEvent, paymentEvent];
  const ids = builders.map(() => randomUUID());
  const version = (n: number) => builders.map((build, at) => build(ids[at]!, n));
  await apply(version(1)); // made
  await apply(version(2)); // changed
  await apply([...version(1), ...version(2)]); // duplicates
  await apply([memberEvent(ids[0]!, 5)]); // early
  await apply([memberEvent(ids[0]!, 3, { name: 7 })]); // poison
  await turn({ db, cache: { invalidate: async () => {} }, metrics }, clock.now());
  await apply(version(2));
  await turn({ db, cache: { invalidate: async () => {} }, metrics }, clock.now());
  const letters = deadLetters({ db, metrics, clock });
  const letter = `member-card/t/${ids[0]}/3`;
  await letters.list();
  await letters.show(letter);
  await letters.replay(letter);
  await letters.discard(letter);
  const touched = check();
  for (const name of [...Object.keys(SHARDING), ...Object.keys(UNSHARDED)]) assert.ok(touched.includes(name), name);
});

test('every question of the read side names the shard', async () => {
  const id = randomUUID();
  const subject = { tenantId: 't', memberId: id, classId: id, studentId: id, attendanceId: id, date: '2026-11-22' };
  await askEverything(client.db(), subject);
  assert.deepEqual(check(), Object.keys(SHARDING).toSorted());
});

test('a rebuild names the shard in every operation', async () => {
  const commands = commandHandlers({ pool: model.pool, hint() {} });
  const [id, classId] = [randomUUID(), randomUUID()];
  await commands.enrolMember(contextOf(randomUUID()), { id, name: 'Kim', role: 'student' });
  await commands.requestAttendance(contextOf(randomUUID()), {
    ...{ id: randomUUID(), classId },
    studentId: id,
    date: '2026-11-22',
  });
  await rebuildAll({ pool: model.pool, db: client.db(), clock, metrics, tell() {} }, PROJECTIONS);
  const touched = check();
  for (const name of ['member_card', 'member_card_rebuild', 'attendance_sheet_rebuild', 'attendance_statistic']) {
    assert.ok(touched.includes(name), `${name} was not touched: ${touched}`);
  }
});
