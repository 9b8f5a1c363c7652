import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { type Db, MongoClient } from 'mongodb';
import { Failure } from '../../../cli/failure.ts';
import { systemClock } from '../../clock.ts';
import { audit } from '../../local/audit.ts';
import { attendanceSheets } from '../../read/attendance-sheet.ts';
import { memberCards } from '../../read/member-card.ts';
import { memberLists } from '../../read/member-list.ts';
import { until } from '../../relay/testing.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import { type CommandHandlers, commandHandlers } from '../../write/commands.ts';
import { contextOf, freshWriteModel, type TestWriteModel } from '../../write/testing.ts';
import { memberCard } from '../member-card/member-card.ts';
import { PROJECTIONS } from '../projections.ts';
import { type RebuildRun, rebuildAll } from './run.ts';

const DAY = '2026-11-22';
let model: TestWriteModel;
let commands: CommandHandlers;
let client: MongoClient;
let db: Db;
let worker: ChildProcess;
const acknowledged: { id: string; version: number }[] = [];

before(async () => {
  model = await freshWriteModel(['mongodb', 'redis']);
  commands = commandHandlers({ pool: model.pool, hint() {} });
  client = new MongoClient(model.urls.mongodb);
  db = client.db();
  worker = await startWorker();
});
after(async () => {
  worker.kill('SIGKILL');
  await client.close();
  await model.close();
});

/** The real worker process, with all its roles. */
async function startWorker(): Promise<ChildProcess> {
  const child = spawn(process.execPath, [new URL('../../worker.ts', import.meta.url).pathname], {
    env: {
      ...{ PORT: '0', JWT_SECRET: 'only-for-this-one-test', REDIS_URL: model.urls.redis },
      ...{ DATABASE_URL: model.urls.postgres, MONGODB_URL: model.urls.mongodb },
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface(child.stdout!)) {
    if (JSON.parse(line).message !== 'the worker carries events') continue;
    child.stdout!.resume();
    return child;
  }
  throw new Error('the worker ended before it was ready');
}

/** One of everything, and a second version of each; everything acknowledged is remembered. */
async function writeSome(name: string): Promise<{ memberId: string; classId: string; attendanceId: string }> {
  const [memberId, classId, enrolmentId, attendanceId, paymentId] = Array.from({ length: 5 }, () => randomUUID());
  const ids = { memberId: memberId!, classId: classId!, attendanceId: attendanceId! };
  const context = () => contextOf(randomUUID());
  const lesson = { weekday: 1, startsAt: '16:00', endsAt: '17:30' };
  const class_ = { name, teacherId: memberId!, capacity: 9, schedule: [lesson] };
  const taken = [
    await commands.enrolMember(context(), { id: memberId!, name, role: 'student', phone: null }),
    await commands.createClass(context(), { id: classId!, ...class_ }),
    await commands.enrolStudent(context(), { id: enrolmentId!, classId: classId!, studentId: memberId! }),
    await commands.requestAttendance(context(), {
      id: attendanceId!,
      ...{ classId: classId!, studentId: memberId!, date: DAY },
    }),
    await commands.recordPayment(context(), {
      ...{ id: paymentId!, studentId: memberId!, amountWon: 100, method: 'card', forMonth: '2026-11' },
    }),
    await commands.renameMember(context(), { id: memberId!, name: `${name}, renamed` }),
    await commands.updateClass(context(), { id: classId!, capacity: 12 }),
    await commands.withdrawStudent(context(), { id: enrolmentId! }),
    await commands.confirmAttendance(context(), { id: attendanceId!, mark: 'present' }),
    await commands.refundPayment(context(), { id: paymentId!, reason: 'moved away' }),
  ];
  acknowledged.push(...taken.map(({ id, version }) => ({ id, version })));
  return ids;
}

const rebuildOf = (projections = PROJECTIONS, on: Db = db) =>
  rebuildAll(
    {
      ...{ pool: model.pool, db: on, clock: systemClock, tell() {} },
      metrics: createMetrics('worker', { version: 'test', commit: 'test' }),
    },
    projections,
  );

async function everyDocument(): Promise<Record<string, unknown[]>> {
  const read = PROJECTIONS.map(async ({ collection }) => [
    collection,
    await db.collection(collection).find().sort({ _id: 1 }).toArray(),
  ]);
  return Object.fromEntries(await Promise.all(read));
}

test('while writes go on, every read model is rebuilt twice, every read is answered, and nothing is lost', async () => {
  const first = await writeSome('Kim');
  await until(async () => (await memberCards(db)('t', first.memberId))?.version === 2);
  await until(async () => (await attendanceSheets(db).entry({ ...key(first) }))?.version === 2);

  let [rebuilding, reads] = [true, 0];
  async function write(): Promise<void> {
    for (let n = 0; rebuilding; n++) await writeSome(`member ${n}`);
  }
  async function read(): Promise<void> {
    while (rebuilding) {
      // Of an aggregate that has long been there: it never disappears and never goes back.
      assert.equal((await memberCards(db)('t', first.memberId))?.version, 2);
      assert.equal((await attendanceSheets(db).entry(key(first)))?.version, 2);
      const page = { tenantId: 't', page: 1, size: 10, sort: 'name' } as const;
      assert.ok((await memberLists(db).page(page)).total >= 1);
      reads += 3;
    }
  }
  const others = Promise.all([write(), write(), read(), read()]);
  const before = acknowledged.length;
  const runs: RebuildRun[] = [];
  try {
    // A race against whoever fails first, so that a failing reader ends the test.
    await Promise.race([others, (async () => runs.push(await rebuildOf(), await rebuildOf()))()]);
  } finally {
    rebuilding = false;
    await others;
  }
  assert.ok(acknowledged.length > before && reads > 0, 'nothing happened beside the rebuild: it shows nothing');
  assert.ok(runs.length === 2 && runs.every(({ rebuilt }) => rebuilt.length === PROJECTIONS.length));

  const result = await audit(model.urls, acknowledged);
  assert.deepEqual(result.missing, []);
  assert.equal(result.projected, acknowledged.length);
  assert.equal(await db.collection('parked').countDocuments(), 0);
  assert.equal(await db.collection('dead_letter').countDocuments(), 0);
});

function key({ classId, attendanceId }: { classId: string; attendanceId: string }) {
  return { tenantId: 't', classId, date: DAY, attendanceId };
}

test('what is written and projected in the moment before the switch is in the new collection', async () => {
  const { memberId } = await writeSome('Park');
  await until(async () => (await memberCards(db)('t', memberId))?.version === 2);
  let made = '';
  const late = Object.create(db) as Db;
  late.renameCollection = async (...names) => {
    made = (await writeSome('Seo')).memberId;
    await commands.renameMember(contextOf(randomUUID()), { id: memberId, name: 'Park, late' });
    // The live projection has put both into the collection that is about to go.
    await until(async () => (await memberCards(db)('t', memberId))?.version === 3);
    await until(async () => (await memberCards(db)('t', made))?.version === 2);
    return db.renameCollection(...names);
  };
  await rebuildOf([memberCard], late);
  assert.equal((await memberCards(db)('t', memberId))?.name, 'Park, late');
  assert.equal((await memberCards(db)('t', made))?.version, 2);
});

test('an event that comes to the new collection before its predecessor is applied all the same', async () => {
  const { memberId } = await writeSome('Yoon');
  await until(async () => (await memberCards(db)('t', memberId))?.version === 2);
  const late = Object.create(db) as Db;
  late.renameCollection = (async (...names: Parameters<Db['renameCollection']>) => {
    await commands.renameMember(contextOf(randomUUID()), { id: memberId, name: 'third' });
    await until(async () => (await memberCards(db)('t', memberId))?.version === 3);
    const renamed = await db.renameCollection(...names);
    // Version 3 went with the old collection: version 4 waits until the last round has brought it.
    await commands.renameMember(contextOf(randomUUID()), { id: memberId, name: 'fourth' });
    await until(async () => (await db.collection('parked').countDocuments()) === 1);
    return renamed;
  }) as Db['renameCollection'];
  await rebuildOf([memberCard], late);
  await until(async () => (await memberCards(db)('t', memberId))?.name === 'fourth');
  assert.equal(await db.collection('parked').countDocuments(), 0);
});

test('the present state gives exactly the documents that the events gave', async () => {
  for (let n = 0; n < 5; n++) await writeSome(`quiet ${n}`);
  assert.deepEqual((await audit(model.urls, acknowledged)).missing, []);
  const live = await everyDocument();
  const { rebuilt } = await rebuildOf();
  const anew = await everyDocument();
  for (const { collection } of PROJECTIONS) assert.deepEqual(anew[collection], live[collection], collection);
  assert.deepEqual(
    rebuilt.map(({ aggregates }) => aggregates),
    PROJECTIONS.map(({ collection }) => live[collection]!.length),
  );
});

test('a rebuild mends what was wrong, settles the dead letters that it overtook, and applies what waited behind them', async () => {
  const { memberId } = await writeSome('Lee');
  await until(async () => (await memberCards(db)('t', memberId))?.version === 2);
  // As if version 2 had been misunderstood, and version 3 had come behind it.
  const cards = db.collection<{ _id: string }>('member_card');
  await cards.updateOne({ _id: `t/${memberId}` }, { $set: { version: 1, name: 'wrong' } });
  const letter = { projection: 'member-card', aggregate: `t/${memberId}`, reason: 'misunderstood' };
  const event = { tenantId: 't', aggregateType: 'member', aggregateId: memberId, version: 2, data: {} };
  await db.collection('dead_letter').insertOne({ _id: `member-card/t/${memberId}/2` as never, ...letter, event });
  await commands.renameMember(contextOf(randomUUID()), { id: memberId, name: 'Lee again' });
  await until(async () => (await db.collection('parked').countDocuments()) === 1);

  const { rebuilt } = await rebuildOf([memberCard]);
  assert.equal(rebuilt[0]?.settledLetters, 1);
  const card = await memberCards(db)('t', memberId);
  assert.deepEqual([card?.version, card?.name], [3, 'Lee again']);
  assert.equal(await db.collection('parked').countDocuments(), 0);
  assert.equal(await db.collection('dead_letter').countDocuments(), 0);
});

test('a rebuild that fails leaves the live read model as it was, and the next one begins anew', async () => {
  const live = await everyDocument();
  const broken = {
    ...memberCard,
    fromState() {
      throw new Error('not written yet');
    },
  };
  await assert.rejects(rebuildOf([broken]), /not written yet/);
  assert.deepEqual(await everyDocument(), live);
  await rebuildOf([memberCard]);
  assert.deepEqual(await everyDocument(), live);
});

test('two rebuilds of one read model do not meet: the second is refused', async () => {
  const slow = {
    ...memberCard,
    fromState(...state: Parameters<typeof memberCard.fromState>) {
      second ??= assert.rejects(
        rebuildOf([memberCard]),
        (error) => error instanceof Failure && error.code === 'rebuild.running',
      );
      return memberCard.fromState(...state);
    },
  };
  let second: Promise<void> | undefined;
  await rebuildOf([slow]);
  assert.ok(second);
  await second;
});

test('the command rebuilds, and says what is wrong with its words', async () => {
  const run = (...words: string[]) =>
    promisify(execFile)(process.execPath, [new URL('../../../cli.ts', import.meta.url).pathname, 'rebuild', ...words], {
      env: { PATH: process.env.PATH, DATABASE_URL: model.urls.postgres, MONGODB_URL: model.urls.mongodb },
    }).then(
      ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    );
  const done = await run('class-card', '--json');
  assert.equal(JSON.parse(done.stdout).rebuilt[0].name, 'class-card');
  const unknown = await run('everything');
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /there is no read model "everything"\nhint: one of member-card/);
  const away = await run('class-card', '--postgres', 'postgres://nobody@127.0.0.1:1/none');
  assert.equal(away.code, 2);
  assert.match(away.stderr, /PostgreSQL did not answer: .*the live read model is as it was/);
});
