import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Cache } from '../cache/cache.ts';
import { AmsError } from '../errors.ts';
import { freshParts, type TestParts } from '../local/testing.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { attendanceSheets } from './attendance-sheet.ts';
import { attendanceStatistics } from './attendance-statistic.ts';
import { classRosters } from './class-roster.ts';
import { memberCards } from './member-card.ts';
import { memberLists } from './member-list.ts';
import { connectMongo, type Mongo } from './mongo.ts';
import { paymentLists } from './payment-list.ts';
import { studentAttendances } from './student-attendance.ts';

const DATE = '2026-03-02';
const metrics = createMetrics('api', { version: 'test', commit: 'test' });
const noCache: Cache = {
  through: async (_scope, _key, _class, load) => ({ value: await load(), cache: 'off' }),
  invalidate: async () => {},
};
let parts: TestParts;
let mongo: Mongo;

const entry = (tenantId: string, classId: string, date: string, n: number, mark: string | null = null) => ({
  _id: `${tenantId}/${classId}/${date}/a-${classId}-${n}` as never,
  tenantId,
  attendanceId: `a-${classId}-${n}`,
  classId,
  studentId: `s-${n}`,
  date,
  status: mark ? 'confirmed' : 'requested',
  mark,
  // Against the order of the ids, two at a time.
  requestedAt: new Date(Date.UTC(2026, 2, 2, 9, 0, 20 - Math.floor(n / 2))),
  confirmedAt: mark ? new Date('2026-03-02T10:00:00Z') : null,
  version: mark ? 2 : 1,
});

before(async () => {
  parts = await freshParts(['mongodb']);
  mongo = connectMongo({ MONGODB_URL: parts.urls.mongodb, MONGO_POOL_MAX: 4, MONGO_WAIT_MS: 10_000 }, metrics);
  const nine = Array.from({ length: 9 }, (_, n) => n + 1);
  await mongo.db
    .collection('attendance_sheet')
    .insertMany([
      ...nine.map((n) =>
        entry('one', 'math', DATE, n, n <= 3 ? 'present' : n === 4 ? 'late' : n === 5 ? 'absent' : null),
      ),
      entry('one', 'art', DATE, 1, 'present'),
      entry('one', 'math', '2026-03-03', 1, 'present'),
      ...nine.map((n) => entry('two', 'math', DATE, n, 'absent')),
    ]);
  const at = new Date('2026-03-01T00:00:00Z');
  const card = { memberId: 'm', version: 4, name: 'Kim', role: 'student', enrolledAt: at, updatedAt: at };
  await mongo.db.collection('member_card').insertMany([
    { _id: 'one/m' as never, tenantId: 'one', phone: '010-1234-5678', ...card },
    { _id: 'one/quiet' as never, tenantId: 'one', phone: null, ...card, memberId: 'quiet' },
    { _id: 'one/a' as never, tenantId: 'one', phone: null, ...card, memberId: 'a', name: 'Ahn', role: 'teacher' },
    { _id: 'one/y' as never, tenantId: 'one', phone: null, ...card, memberId: 'y', name: 'Yoon', role: 'teacher' },
    // Nothing writes this; a reader that trusted the key alone would show it.
    { _id: 'one/foreign' as never, tenantId: 'two', phone: null, ...card },
  ]);
});
after(async () => {
  await mongo.close();
  await parts.close();
});

test('a member card shows the member of that tenant only, the phone number masked', async () => {
  const find = memberCards(mongo.db);
  assert.deepEqual(await find('one', 'm'), {
    id: 'm',
    version: 4,
    name: 'Kim',
    role: 'student',
    phone: '***-****-5678',
    guardianId: null,
    enrolledAt: '2026-03-01T00:00:00.000Z',
    updatedAt: '2026-03-01T00:00:00.000Z',
  });
  assert.equal((await find('one', 'quiet'))?.phone, null);
  assert.equal(await find('two', 'm'), null);
  assert.equal(await find('one', 'foreign'), null);
});

test('the pages of a sheet are whole and do not overlap, in every order', async () => {
  const sheets = attendanceSheets(mongo.db);
  const query = { tenantId: 'one', classId: 'math', date: DATE, size: 4 };
  const ascending = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  const orders = {
    attendanceId: ascending,
    '-attendanceId': ascending.toReversed(),
    requestedAt: [8, 9, 6, 7, 4, 5, 2, 3, 1],
    '-requestedAt': [1, 3, 2, 5, 4, 7, 6, 9, 8],
  } as const;
  for (const [sort, expected] of Object.entries(orders) as [keyof typeof orders, number[]][]) {
    const seen: string[] = [];
    for (const page of [1, 2, 3, 4]) {
      const { entries, total } = await sheets.page({ ...query, sort, page });
      assert.equal(total, 9);
      seen.push(...entries.map(({ attendanceId }) => attendanceId));
    }
    assert.deepEqual(
      seen,
      expected.map((n) => `a-math-${n}`),
      sort,
    );
  }
});

test('an entry of a sheet says what is known of it', async () => {
  const sheets = attendanceSheets(mongo.db);
  const { entries } = await sheets.page({
    tenantId: 'one',
    classId: 'art',
    date: DATE,
    page: 1,
    size: 9,
    sort: 'attendanceId',
  });
  assert.deepEqual(entries, [
    {
      attendanceId: 'a-art-1',
      studentId: 's-1',
      status: 'confirmed',
      mark: 'present',
      requestedAt: '2026-03-02T09:00:20.000Z',
      confirmedAt: '2026-03-02T10:00:00.000Z',
      version: 2,
    },
  ]);
});

test('an entry is found by its whole key, and not in another class, day or tenant', async () => {
  const sheets = attendanceSheets(mongo.db);
  const key = { tenantId: 'one', classId: 'art', date: DATE, attendanceId: 'a-art-1' };
  assert.equal((await sheets.entry(key))?.version, 2);
  for (const other of [
    { tenantId: 'two' },
    { classId: 'math' },
    { date: '2026-03-03' },
    { attendanceId: 'a-math-1' },
  ]) {
    assert.equal(await sheets.entry({ ...key, ...other }), null, JSON.stringify(other));
  }
});

test('the attendances of a student are those of the days asked for, newest first', async () => {
  const { entries, total } = await studentAttendances(mongo.db).page({
    tenantId: 'one',
    studentId: 's-1',
    from: DATE,
    to: '2026-03-03',
    page: 1,
    size: 10,
    sort: '-date',
  });
  assert.equal(total, 3);
  assert.deepEqual(
    entries.map(({ date, classId }) => [date, classId]),
    [
      ['2026-03-03', 'math'],
      [DATE, 'math'],
      [DATE, 'art'],
    ],
  );
  const early = { tenantId: 'one', studentId: 's-1', from: '2026-01-01', to: '2026-03-01', page: 1, size: 10 };
  assert.equal((await studentAttendances(mongo.db).page({ ...early, sort: 'date' })).total, 0);
});

test('members are listed by name, in one role or in all, and page after page', async () => {
  const lists = memberLists(mongo.db);
  const all = await lists.page({ tenantId: 'one', page: 1, size: 2, sort: 'name' });
  assert.deepEqual([all.entries.map(({ name }) => name), all.total], [['Ahn', 'Kim'], 4]);
  const rest = await lists.page({ tenantId: 'one', page: 2, size: 2, sort: 'name' });
  assert.deepEqual(
    rest.entries.map(({ name }) => name),
    ['Kim', 'Yoon'],
  );
  const teachers = await lists.page({ tenantId: 'one', role: 'teacher', page: 1, size: 10, sort: '-name' });
  assert.deepEqual([teachers.entries.map(({ name }) => name), teachers.total], [['Yoon', 'Ahn'], 2]);
  assert.equal((await lists.page({ tenantId: 'two', page: 1, size: 10, sort: 'name' })).total, 0);
});

test('a roster lists who is enrolled now, with names; payments are listed by student and by month', async () => {
  const { db } = mongo;
  const enrolment = (n: number, studentId: string, status: string) => ({
    _id: `one/math/e-${n}` as never,
    ...{ tenantId: 'one', classId: 'math', enrolmentId: `e-${n}`, studentId, status, version: 1 },
    enrolledAt: new Date(n),
  });
  await db
    .collection('class_roster')
    .insertMany([enrolment(1, 'm', 'enrolled'), enrolment(2, 'x', 'withdrawn'), enrolment(3, 'unknown', 'enrolled')]);
  const roster = await classRosters(db).page({
    tenantId: 'one',
    classId: 'math',
    page: 1,
    size: 10,
    sort: '-enrolledAt',
  });
  assert.deepEqual(
    roster.entries.map(({ enrolmentId, name }) => [enrolmentId, name]),
    [
      ['e-3', null],
      ['e-1', 'Kim'],
    ],
  );
  const payment = (n: number, studentId: string, forMonth: string) => ({
    _id: `one/${studentId}/p-${n}` as never,
    ...{ tenantId: 'one', studentId, paymentId: `p-${n}`, forMonth, amountWon: 100, method: 'card', version: 1 },
    ...{ receiptNumber: `R-${n}`, status: 'recorded', refundReason: null, recordedAt: new Date(n), refundedAt: null },
  });
  await db
    .collection('payment')
    .insertMany([payment(1, 's', '2026-10'), payment(2, 's', '2026-11'), payment(3, 'u', '2026-11')]);
  const list = async (filter: object) => {
    const query = { tenantId: 'one', page: 1, size: 10, sort: '-recordedAt' as const, ...filter };
    return (await paymentLists(db).page(query)).entries.map(({ id }) => id);
  };
  assert.deepEqual(await list({}), ['p-3', 'p-2', 'p-1']);
  assert.deepEqual(await list({ studentId: 's' }), ['p-2', 'p-1']);
  assert.deepEqual(await list({ forMonth: '2026-11' }), ['p-3', 'p-2']);
  assert.deepEqual(await list({ studentId: 's', forMonth: '2026-10' }), ['p-1']);
});

test('the pool says how many connections it has and how many are in use', async () => {
  await metrics.expose();
  const { values } = await metrics.mongodbPoolConnections.get();
  const of = (state: string) => values.find(({ labels }) => labels.state === state)?.value;
  assert.ok(of('total')! >= 1 && of('total')! <= 4, `total ${of('total')}`);
  assert.deepEqual([of('in_use'), of('waiting')], [0, 0]);
});

test('a read model that is away is part.unavailable after the bounded wait', async () => {
  const nobody = { MONGODB_URL: 'mongodb://127.0.0.1:9/x', MONGO_POOL_MAX: 2, MONGO_WAIT_MS: 50 };
  const away = connectMongo(nobody, createMetrics('api', { version: 'test', commit: 'test' }));
  const unavailable = (error: unknown) => error instanceof AmsError && error.code === 'part.unavailable';
  try {
    await assert.rejects(memberCards(away.db)('one', 'm'), unavailable);
    await assert.rejects(attendanceStatistics(away.db, noCache)('one', DATE), unavailable);
    const page = { tenantId: 'one', page: 1, size: 10 };
    await assert.rejects(memberLists(away.db).page({ ...page, sort: 'name' }), unavailable);
  } finally {
    await away.close();
  }
});
