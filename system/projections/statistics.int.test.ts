import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { type Db, MongoClient } from 'mongodb';
import type { Cache } from '../cache/cache.ts';
import { systemClock } from '../clock.ts';
import { freshParts, type TestParts } from '../local/testing.ts';
import { attendanceStatistics } from '../read/attendance-statistic.ts';
import { paymentStatistics } from '../read/payment-statistic.ts';
import type { OutboxEvent } from '../relay/event.ts';
import { until } from '../relay/testing.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { createTracing } from '../telemetry/tracing.ts';
import { createProjector } from './apply.ts';
import { readModelConsumer } from './consumer.ts';
import { makeIndexes } from './indexes.ts';
import { PROJECTIONS } from './projections.ts';
import { dirtyMarks, markBuckets } from './statistics/dirty.ts';
import { recount } from './statistics/recount.ts';
import { startStatistics, turn } from './statistics.ts';
import { attendanceEvent, classEvent, memberEvent, paymentEvent } from './testing.ts';

const DAY = '2026-11-22';
let parts: TestParts;
let client: MongoClient;
let db: Db;
let metrics: Metrics;
let ended: string[];
const cache = { invalidate: async (scope: string) => void ended.push(scope) };
const noCache: Cache = {
  through: async (_scope, _key, _class, load) => ({ value: await load(), cache: 'off' }),
  invalidate: async () => {},
};
before(async () => {
  parts = await freshParts(['mongodb']);
  client = new MongoClient(parts.urls.mongodb);
  db = client.db();
});
after(async () => {
  await client.close();
  await parts.close();
});
beforeEach(async () => {
  await db.dropDatabase();
  await makeIndexes(db);
  ended = [];
  metrics = createMetrics('worker', { version: 'test', commit: 'test' });
});

async function apply(events: OutboxEvent[]): Promise<void> {
  await createProjector({ db, projections: PROJECTIONS, metrics, clock: systemClock, onDeadLetter() {} })(events);
  await markBuckets(db, events, systemClock.now());
}
const count = () => turn({ db, cache, metrics }, systemClock.now());

/** `marks.length` attendances of one class and day, one with each mark; null stays requested. */
function attendances(classId: string, date: string, marks: (string | null)[], tenantId = 't'): OutboxEvent[] {
  return marks.flatMap((mark) => {
    const id = randomUUID();
    const requested = attendanceEvent(id, 1, { classId, date }, tenantId);
    return mark ? [requested, attendanceEvent(id, 2, { classId, date, mark }, tenantId)] : [requested];
  });
}

test('events mark their day, a turn counts it, and the statistic of that day and tenant is answered', async () => {
  await apply([
    ...attendances('math', DAY, ['present', 'present', 'late', null]),
    ...attendances('art', DAY, ['absent', null]),
    ...attendances('math', '2026-11-23', ['present']),
    ...attendances('math', DAY, ['absent'], 'other'),
  ]);
  const statistic = attendanceStatistics(db, noCache);
  assert.equal((await statistic('t', DAY)).value.confirmed, 0, 'nothing is counted by the reader');
  assert.equal((await count()).counted, 4);
  const counts = { requested: 2, confirmed: 4, present: 2, late: 1, absent: 1 };
  assert.deepEqual((await statistic('t', DAY)).value, { date: DAY, ...counts });
  assert.equal((await statistic('other', DAY)).value.absent, 1);
  assert.equal((await statistic('nobody', DAY)).value.confirmed, 0);
  assert.deepEqual(ended.toSorted(), [
    'attendance-statistic:other',
    `attendance-statistic:other:${DAY}`,
    'attendance-statistic:t',
    'attendance-statistic:t:2026-11-22',
    'attendance-statistic:t:2026-11-23',
  ]);
  assert.equal(await dirtyMarks(db).countDocuments(), 0);
});

test('a period is summed by day, by class and by the teacher that a class has now', async () => {
  await apply([
    memberEvent('kim', 1, { name: 'Kim', role: 'teacher' }),
    classEvent('math', 1, { name: 'Mathematics', teacherId: 'kim' }),
    classEvent('art', 1, { name: 'Art', teacherId: 'lee' }),
    ...attendances('math', '2026-11-01', ['present', null]),
    ...attendances('math', '2026-11-30', ['late']),
    ...attendances('art', '2026-11-30', ['absent']),
    ...attendances('lost', '2026-11-02', ['present']),
    ...attendances('math', '2026-12-01', ['present']),
    ...attendances('math', '2026-10-31', ['present']),
  ]);
  await count();
  const statistic = attendanceStatistics(db, noCache);
  const rows = async (by: 'day' | 'class' | 'teacher') => {
    const { value } = await statistic('t', { from: '2026-11-01', to: '2026-11-30', by });
    return value.rows.map(({ key, name, requested, confirmed }) => [key, name, requested, confirmed]);
  };
  assert.deepEqual(await rows('day'), [
    ['2026-11-01', null, 1, 1],
    ['2026-11-02', null, 0, 1],
    ['2026-11-30', null, 0, 2],
  ]);
  assert.deepEqual(await rows('class'), [
    ['art', 'Art', 0, 1],
    ['lost', null, 0, 1],
    ['math', 'Mathematics', 1, 2],
  ]);
  assert.deepEqual(await rows('teacher'), [
    ['', null, 0, 1],
    ['kim', 'Kim', 1, 2],
    ['lee', null, 0, 1],
  ]);
  await apply([classEvent('art', 2, { name: 'Art', teacherId: 'kim' })]);
  assert.deepEqual(await rows('teacher'), [
    ['', null, 0, 1],
    ['kim', 'Kim', 1, 3],
  ]);
});

test('payments are summed by month, method and refund', async () => {
  const november = { forMonth: '2026-11', amountWon: 100 };
  await apply([
    paymentEvent('p1', 1, { ...november, method: 'card', receiptNumber: '1' }),
    paymentEvent('p2', 1, { ...november, method: 'cash', receiptNumber: '2' }),
    paymentEvent('p2', 2, november),
    paymentEvent('p3', 1, { forMonth: '2026-12', amountWon: 7, method: 'transfer', receiptNumber: '3' }),
  ]);
  await count();
  const { value } = await paymentStatistics(db, noCache)('t', { from: '2026-11', to: '2026-12' });
  const months = value.months.map(({ month, ...sums }) => [month, ...Object.values(sums)]);
  assert.deepEqual(months, [
    ['2026-11', 2, 200, 1, 100, 100, 100, 0],
    ['2026-12', 1, 7, 0, 0, 0, 0, 7],
  ]);
  const { value: december } = await paymentStatistics(db, noCache)('t', { from: '2026-12', to: '2026-12' });
  assert.deepEqual(
    december.months.map(({ month }) => month),
    ['2026-12'],
  );
});

test('the consumer marks at its checkpoint what all batches before it have changed, once it succeeds', async () => {
  let isFailing = true;
  const failingDb = {
    command: db.command.bind(db),
    collection(name: string, options?: object) {
      const collection = db.collection(name, options);
      if (name === 'statistic_dirty' && isFailing) collection.bulkWrite = () => Promise.reject(new Error('away'));
      return collection;
    },
  } as unknown as Db;
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const tracer = createTracing({ sampleRatio: 0, serviceName: 'test', version: 'test' });
  const consumer = readModelConsumer({ db: failingDb, cache, metrics, clock: systemClock, log, tracer });
  await consumer.handle(attendances('math', DAY, ['present', null]));
  await assert.rejects(consumer.checkpoint!(), /away/);
  await consumer.handle([...attendances('math', DAY, ['late']), ...attendances('art', DAY, ['absent'])]);
  assert.equal(await dirtyMarks(db).countDocuments(), 0);
  isFailing = false;
  await consumer.checkpoint!();
  const ids = await dirtyMarks(db).distinct('_id');
  assert.deepEqual(ids.toSorted(), [`attendance/t/${DAY}/art`, `attendance/t/${DAY}/math`]);
  await dirtyMarks(db).deleteMany({});
  await consumer.checkpoint!();
  assert.equal(await dirtyMarks(db).countDocuments(), 0, 'marked twice');
  await consumer.stop!();
});

test('a mark that is made again while somebody counts outlives that count', async () => {
  await apply(attendances('math', DAY, [null]));
  const marks = await dirtyMarks(db).find().toArray();
  await apply(attendances('math', DAY, [null]));
  await recount(db, marks, systemClock.now());
  assert.equal((await count()).counted, 1, 'the second mark is still there');
  assert.equal((await attendanceStatistics(db, noCache)('t', DAY)).value.requested, 2);
});

test('a count that began before a rival finished his does not replace it', async () => {
  await apply(attendances('math', DAY, [null]));
  await count();
  await apply(attendances('math', DAY, [null]));
  const marks = await dirtyMarks(db).find().toArray();
  // The slow one has read the counts when the rival counts a newer state and writes it.
  let rival = async () => {
    await apply(attendances('math', DAY, [null]));
    await recount(db, marks, systemClock.now());
  };
  const slowDb = {
    collection(name: string, options: object) {
      const collection = db.collection(name, options);
      if (name !== 'attendance_statistic') return collection;
      const bulkWrite = collection.bulkWrite.bind(collection);
      collection.bulkWrite = async (...writes) => {
        const now = rival;
        rival = async () => {};
        await now();
        return bulkWrite(...writes);
      };
      return collection;
    },
  } as Db;
  assert.deepEqual(await recount(slowDb, marks, systemClock.now()), [], 'the slow one is told');
  assert.equal((await attendanceStatistics(db, noCache)('t', DAY)).value.requested, 3);
});

test('two processes that count under a stream of events end with the counts of the documents', async () => {
  const statistics = [1, 2].map(() =>
    startStatistics({
      db,
      cache,
      metrics,
      clock: systemClock,
      log: { error: (fields) => assert.fail(JSON.stringify(fields)) },
      pollMs: 5,
    }),
  );
  for (let n = 0; n < 20; n++) {
    await apply(['a', 'b', 'c'].flatMap((classId) => attendances(classId, DAY, ['present', null])));
  }
  await until(async () => (await dirtyMarks(db).countDocuments()) === 0);
  await Promise.all(statistics.map((one) => one.stop()));
  const { value } = await attendanceStatistics(db, noCache)('t', DAY);
  assert.deepEqual([value.present, value.requested], [60, 60]);
});

test('without MongoDB the role pauses and tries again instead of ending', async () => {
  const gone = new MongoClient('mongodb://127.0.0.1:1/none', { serverSelectionTimeoutMS: 50 });
  const heard: string[] = [];
  const role = startStatistics({
    ...{ db: gone.db(), cache, metrics, clock: systemClock, pollMs: 5 },
    log: { error: (_fields, message) => void heard.push(message) },
  });
  await until(() => heard.length >= 2);
  await role.stop();
  await gone.close();
});
