import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { type CollectionOptions, type Db, MongoClient } from 'mongodb';
import { systemClock } from '../clock.ts';
import { freshParts, type TestParts } from '../local/testing.ts';
import type { OutboxEvent } from '../relay/event.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { createProjector } from './apply.ts';
import { attendanceSheet } from './attendance-sheet/attendance-sheet.ts';
import { makeIndexes } from './indexes.ts';
import { memberCard } from './member-card/member-card.ts';
import { createParked } from './parked.ts';
import { attendanceEvent, memberEvent } from './testing.ts';

let parts: TestParts;
let client: MongoClient;
let db: Db;
before(async () => {
  parts = await freshParts(['mongodb']);
  client = new MongoClient(parts.urls.mongodb);
  db = client.db();
});
after(async () => {
  await client.close();
  await parts.close();
});
let metrics: Metrics;
let told = 0;
let project: (events: OutboxEvent[]) => Promise<void>;
beforeEach(async () => {
  await db.dropDatabase();
  await makeIndexes(db);
  metrics = createMetrics('worker', { version: 'test', commit: 'test' });
  project = projectorOf(metrics);
});

function projectorOf(to: Metrics, on: Db = db) {
  const projections = [memberCard, attendanceSheet];
  return createProjector({ db: on, projections, metrics: to, clock: systemClock, onDeadLetter: () => told++ });
}

function member(aggregateId: string, version: number, type?: string): OutboxEvent {
  const event = memberEvent(aggregateId, version);
  return type ? { ...event, type } : event;
}
const attendance = attendanceEvent;

async function outcomes(projection: string): Promise<Record<string, number>> {
  const { values } = await metrics.projectionEventsTotal.get();
  const own = values.filter(({ labels, value }) => labels.projection === projection && value > 0);
  return Object.fromEntries(own.map(({ labels, value }) => [labels.outcome, value]));
}

async function documents() {
  const read = (name: string) => db.collection(name).find().sort({ _id: 1 }).toArray();
  return { cards: await read('member_card'), sheet: await read('attendance_sheet'), parked: await read('parked') };
}

test('applying a whole stream twice, in batches cut elsewhere, gives the same documents', async () => {
  const ids = Array.from({ length: 40 }, () => randomUUID());
  const stream = [1, 2, 3, 4].flatMap((version) =>
    ids.flatMap((id) => [member(id, version), ...(version <= 2 ? [attendance(id, version)] : [])]),
  );
  const inBatchesOf = async (size: number) => {
    for (let at = 0; at < stream.length; at += size) await project(stream.slice(at, at + size));
  };
  await inBatchesOf(70);
  const first = await documents();
  assert.equal(first.cards.length, 40);
  assert.ok(first.cards.every(({ version, name }) => version === 4 && name === 'name 4'));
  assert.ok(first.sheet.every(({ version, mark }) => version === 2 && mark === 'present'));
  await inBatchesOf(33);
  assert.deepEqual(await documents(), first);
  assert.deepEqual(await outcomes('member-card'), { applied: 160, duplicate: 160 });
  assert.deepEqual(await outcomes('attendance-sheet'), { applied: 80, duplicate: 80 });
});

test('what comes early is parked, stays parked when it comes again, and is applied behind its predecessor', async () => {
  const id = randomUUID();
  await project([member(id, 1)]);
  await project([member(id, 3), member(id, 4)]);
  await project([member(id, 3)]);
  let now = await documents();
  assert.equal(now.cards[0]?.version, 1);
  assert.deepEqual(
    now.parked.map(({ event }) => event.version),
    [3, 4],
  );
  await project([member(id, 2)]);
  now = await documents();
  assert.equal(now.cards[0]?.version, 4);
  assert.equal(now.cards[0]?.name, 'name 4');
  assert.deepEqual(now.parked, []);
});

test('a poison event blocks its own aggregate and no other, and is kept with reason and attempts', async () => {
  const [ill, well] = [randomUUID(), randomUUID()];
  const batch = [member(ill, 1), member(ill, 2, 'MemberTeleported'), member(ill, 3), member(well, 1), member(well, 2)];
  told = 0;
  await project(batch);
  await project(batch);
  assert.equal(told, 2);
  const { cards, parked } = await documents();
  assert.equal(cards.find(({ memberId }) => memberId === ill)?.version, 1);
  assert.equal(cards.find(({ memberId }) => memberId === well)?.version, 2);
  assert.deepEqual(
    parked.map(({ event }) => event.version),
    [3],
  );
  const letters = await db.collection('dead_letter').find().toArray();
  assert.equal(letters.length, 1);
  assert.equal(letters[0]?.startedAttempts, 2);
  assert.equal(letters[0]?.finishedAttempts, 2);
  assert.equal(letters[0]?.event.aggregateId, ill);
  assert.match(letters[0]?.reason, /MemberTeleported/);
});

test('two processes that apply the same events at the same time end in the same documents', async () => {
  const ids = Array.from({ length: 50 }, () => randomUUID());
  const rivals = [projectorOf(metrics), projectorOf(metrics)];
  for (const version of [1, 2, 3, 4, 5]) {
    const events = ids.map((id) => member(id, version));
    await Promise.all(rivals.map((rival) => rival(events)));
  }
  const { cards } = await documents();
  assert.equal(cards.length, 50);
  assert.ok(cards.every(({ version, name }) => version === 5 && name === 'name 5'));
});

test('a process that was overtaken between reading and writing does not put an old document over a new one', async () => {
  const id = randomUUID();
  await project([member(id, 1)]);
  let overtake = async () => project([member(id, 2), member(id, 3)]);
  const slowDb = {
    collection(name: string, options: CollectionOptions) {
      const collection = db.collection(name, options);
      const bulkWrite = collection.bulkWrite.bind(collection);
      collection.bulkWrite = async (...writes) => {
        const rival = overtake;
        overtake = async () => {};
        await rival();
        return bulkWrite(...writes);
      };
      return collection;
    },
  } as Db;
  const late = projectorOf(metrics, slowDb);
  await late([member(id, 2)]);
  const { cards } = await documents();
  assert.equal(cards[0]?.version, 3);
  assert.equal(cards[0]?.name, 'name 3');
});

test('an event that is parked in the very moment in which a rival applies its predecessor does not wait for ever', async () => {
  const id = randomUUID();
  await project([member(id, 1)]);
  let meanwhile = async () => project([member(id, 2)]);
  const slowDb = {
    collection(name: string, options: CollectionOptions) {
      const collection = db.collection(name, options);
      if (name !== 'parked') return collection;
      const bulkWrite = collection.bulkWrite.bind(collection);
      // The rival has looked at what is parked, and found nothing, before this is parked.
      collection.bulkWrite = async (...writes) => {
        const rival = meanwhile;
        meanwhile = async () => {};
        await rival();
        return bulkWrite(...writes);
      };
      return collection;
    },
  } as Db;
  await projectorOf(metrics, slowDb)([member(id, 3)]);
  const { cards, parked } = await documents();
  assert.equal(cards[0]?.version, 3);
  assert.deepEqual(parked, []);
});

test('a process that knows of nothing parked looks no more; what it parks itself, and what a rival parked, is applied all the same', async () => {
  const id = randomUUID();
  const parked = createParked();
  const projections = [memberCard];
  const knowing = createProjector({ db, projections, metrics, clock: systemClock, parked, onDeadLetter: () => told++ });
  const version = async () => (await documents()).cards[0]!.version;
  await knowing([member(id, 1)]);
  parked.counting()('member-card', 0);
  await project([member(id, 3)]);
  await knowing([member(id, 2)]);
  assert.equal(await version(), 2, 'it has looked: the test shows nothing');
  await knowing.resume(new Date(0));
  assert.equal(await version(), 3);
  assert.deepEqual((await documents()).parked, []);
  await knowing([member(id, 5)]);
  await knowing([member(id, 4)]);
  assert.equal(await version(), 5);
  assert.deepEqual(await outcomes('member-card'), { applied: 5, parked: 2 });
});

test('what is parked while somebody counts is not forgotten by the result', () => {
  const parked = createParked();
  const tell = parked.counting();
  parked.parking('member-card');
  tell('member-card', 0);
  assert.ok(parked.mayBe('member-card'));
  parked.counting()('member-card', 0);
  assert.ok(!parked.mayBe('member-card'));
  parked.counting()('member-card', 1);
  assert.ok(parked.mayBe('member-card'));
});

test('an event that does not say which document it is about becomes a dead letter, and its aggregate waits behind it', async () => {
  const id = randomUUID();
  await project([attendance(id, 1), { ...attendance(id, 2), data: { mark: 'present' } }, attendance(id, 3)]);
  const { sheet, parked } = await documents();
  assert.equal(sheet[0]?.version, 1);
  assert.deepEqual(
    parked.map(({ event }) => event.version),
    [3],
  );
  const letters = await db.collection('dead_letter').find().toArray();
  assert.deepEqual(
    letters.map(({ reason }) => reason),
    ['AttendanceConfirmed without classId, date'],
  );
});

test('a first version that cannot be understood is no dead letter when its document has long been there', async () => {
  const id = randomUUID();
  await project([member(id, 1), member(id, 2)]);
  await project([member(id, 1, 'MemberTeleported')]);
  assert.deepEqual(await outcomes('member-card'), { applied: 2, duplicate: 1 });
});

test('a batch of old, new, early and repeated events is taken apart rightly', async () => {
  const [fresh, known, behind, done] = Array.from({ length: 4 }, () => randomUUID());
  await project([member(known!, 1), member(behind!, 1), member(done!, 1), member(done!, 2)]);
  await project([
    ...[member(fresh!, 1), member(fresh!, 2), member(known!, 1), member(known!, 2)],
    ...[member(behind!, 3), member(done!, 2), member(done!, 3), member(fresh!, 2)],
  ]);
  const { cards, parked } = await documents();
  const versions = Object.fromEntries(cards.map(({ memberId, version }) => [memberId, version]));
  assert.deepEqual(versions, { [fresh!]: 2, [known!]: 2, [behind!]: 1, [done!]: 3 });
  assert.deepEqual(
    parked.map(({ aggregate }) => aggregate),
    [`t/${behind}`],
  );
  assert.deepEqual(await outcomes('member-card'), { applied: 8, duplicate: 3, parked: 1 });
});

test('without MongoDB a batch is refused as a whole and counted as retried', async () => {
  const gone = new MongoClient('mongodb://127.0.0.1:1/none', { serverSelectionTimeoutMS: 100 });
  const refusing = projectorOf(metrics, gone.db());
  await assert.rejects(refusing([member(randomUUID(), 1)]));
  await gone.close();
  assert.deepEqual(await outcomes('member-card'), { retried: 1 });
});
