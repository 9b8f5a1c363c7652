import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Db, type Document, MongoClient } from 'mongodb';
import { freshParts, type TestParts } from '../local/testing.ts';
import { makeIndexes } from '../projections/indexes.ts';
import { countAttendances, sumPayments } from '../projections/statistics/buckets.ts';
import { askEverything, type Subject, watchCommands } from './testing.ts';

const DOCUMENTS = 20_000;
const TENANTS = 10;
const TEACHERS = ['Ahn', 'Choi', 'Kim', 'Lee', 'Park'];
const ROLES = ['student', 'student', 'student', 'parent', 'parent', 'teacher', 'manager'];

let parts: TestParts;
let client: MongoClient;
let db: Db;
let sent: Document[];
let subject: Subject;

const pad = (n: number) => String(n).padStart(5, '0');
const dayOf = (n: number) => `2026-${String(1 + (n % 12)).padStart(2, '0')}-${String(1 + (n % 28)).padStart(2, '0')}`;

/** Documents of the shapes that the projections write: ten academies, and in each many of everything. */
function documents(n: number): Record<string, Document> {
  const tenantId = `t${n % TENANTS}`;
  const own = Math.floor(n / TENANTS);
  const [classId, studentId, date] = [`c${own % 40}`, `s${own % 97}`, dayOf(own % 3)];
  const [at, name] = [new Date(1e12 + own * 1000), `${TEACHERS[own % 5]} ${pad((own * 7919) % DOCUMENTS)}`];
  const base = { tenantId, version: 1, name };
  const mark = own % 2 ? 'present' : null;
  return {
    member_card: {
      _id: `${tenantId}/m${own}`,
      ...base,
      memberId: `m${own}`,
      role: ROLES[own % 7],
      enrolledAt: at,
      updatedAt: at,
    },
    class_card: {
      _id: `${tenantId}/c${own}`,
      ...base,
      classId: `c${own}`,
      teacherId: 'x',
      capacity: 9,
      schedule: [],
      createdAt: at,
      updatedAt: at,
    },
    class_roster: {
      _id: `${tenantId}/${classId}/e${own}`,
      ...base,
      classId,
      enrolmentId: `e${own}`,
      studentId,
      status: own % 5 ? 'enrolled' : 'withdrawn',
      enrolledAt: at,
    },
    attendance_sheet: {
      _id: `${tenantId}/${classId}/${date}/a${own}`,
      ...base,
      attendanceId: `a${own}`,
      classId,
      studentId,
      date,
      status: mark ? 'confirmed' : 'requested',
      mark,
      requestedAt: at,
      confirmedAt: null,
    },
    payment: {
      _id: `${tenantId}/${studentId}/p${own}`,
      ...base,
      paymentId: `p${own}`,
      studentId,
      amountWon: 100,
      method: 'card',
      forMonth: dayOf(own).slice(0, 7),
      receiptNumber: `${own}`,
      status: 'recorded',
      recordedAt: at,
      refundedAt: null,
    },
    attendance_statistic: {
      _id: `${tenantId}/${dayOf(own % 336)}/c${own % 50}-${own}`,
      tenantId,
      date: dayOf(own % 336),
      classId: `c${own % 50}-${own}`,
      requested: 1,
      present: 1,
      late: 0,
      absent: 0,
      revision: 1,
    },
    payment_statistic: {
      _id: `${tenantId}/${String(1000 + own)}-01`,
      tenantId,
      month: `${1000 + own}-01`,
      payments: 1,
      revision: 1,
    },
  };
}

before(async () => {
  parts = await freshParts(['mongodb']);
  client = new MongoClient(parts.urls.mongodb, { monitorCommands: true });
  db = client.db();
  await makeIndexes(db);
  const all = Array.from({ length: DOCUMENTS }, (_, n) => documents(n));
  for (const name of Object.keys(all[0]!)) {
    await db.collection(name).insertMany(
      all.map((each) => each[name]!),
      { ordered: false, writeConcern: { w: 1 } },
    );
  }
  subject = { tenantId: 't3', memberId: 'm7', classId: 'c6', studentId: 's6', attendanceId: 'a6', date: dayOf(0) };
  sent = watchCommands(client);
});
after(async () => {
  await client.close();
  await parts.close();
});

/** Every stage of the plan that won, at any depth. */
function stagesOf(plan: unknown): string[] {
  if (plan === null || typeof plan !== 'object') return [];
  return Object.entries(plan).flatMap(([key, value]) =>
    key === 'stage' && typeof value === 'string' ? [value] : key === 'rejectedPlans' ? [] : stagesOf(value),
  );
}

async function explain(command: Document) {
  const { lsid, $db, $clusterTime, $readPreference, ...asked } = command;
  const explained = await db.command({ explain: asked, verbosity: 'executionStats' });
  const stats = explained.executionStats ?? explained.stages?.[0]?.$cursor?.executionStats;
  return { stages: stagesOf(explained.queryPlanner ?? explained.stages), stats, asked };
}

test(`with ${DOCUMENTS} documents every question walks an index, in its order, and looks at little more than it gives`, async () => {
  sent.length = 0;
  const found = await askEverything(db, subject);
  const classes = ['c6', 'c7'].map((classId) => ({ kind: 'attendance', classId, date: subject.date }) as const);
  await countAttendances(
    db,
    ['t3', 't4'].flatMap((tenantId) => classes.map((one) => ({ ...one, tenantId }))),
  );
  await sumPayments(db, [{ kind: 'payment', tenantId: 't3', month: subject.date.slice(0, 7) }]);
  for (const [question, entries] of Object.entries(found))
    assert.ok(entries > 0, `${question} found nothing: it shows nothing`);

  const commands = sent.filter((command) => command.find || command.aggregate);
  assert.ok(commands.length > 40, `only ${commands.length} questions were seen`);
  for (const command of commands) {
    const { stages, stats, asked } = await explain(command);
    const what = JSON.stringify(asked);
    assert.ok(
      stages.some((stage) => ['IXSCAN', 'IDHACK', 'COUNT_SCAN'].includes(stage)),
      `${stages}: ${what}`,
    );
    assert.ok(!stages.includes('COLLSCAN') && !stages.includes('SORT'), `${stages}: ${what}`);
    // Of a page also what is skipped; a sum has to look at what it sums.
    const wanted = command.aggregate ? Infinity : stats.nReturned + (command.skip ?? 0);
    assert.ok(stats.totalDocsExamined <= wanted, `${stats.totalDocsExamined} documents for ${wanted}: ${what}`);
  }
});

test('the sum of a month reads keys and no documents', async () => {
  sent.length = 0;
  await sumPayments(db, [{ kind: 'payment', tenantId: 't3', month: subject.date.slice(0, 7) }]);
  const { stats } = await explain(sent[0]!);
  assert.ok(stats.totalKeysExamined > 0);
  assert.equal(stats.totalDocsExamined, 0);
});
