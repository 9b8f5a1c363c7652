import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { type Db, MongoClient } from 'mongodb';
import { systemClock } from '../../clock.ts';
import { freshParts, type TestParts } from '../../local/testing.ts';
import { createProjector } from '../../projections/apply.ts';
import { makeIndexes } from '../../projections/indexes.ts';
import { PROJECTIONS } from '../../projections/projections.ts';
import { attendanceEvent } from '../../projections/testing.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import { attendanceSheets } from '../attendance-sheet.ts';
import { judgeKeys, startProfile, stopProfile } from './observe.ts';

let parts: TestParts;
let client: MongoClient;
let db: Db;
before(async () => {
  parts = await freshParts(['mongodb']);
  client = new MongoClient(parts.urls.mongodb);
  db = client.db();
  await makeIndexes(db);
});
after(async () => {
  await stopProfile(db);
  await client.close();
  await parts.close();
});

test('the profiler sees real projections and reads, and each key is judged by them', async () => {
  const metrics = createMetrics('worker', { version: 'test', commit: 'test' });
  const project = createProjector({ db, projections: PROJECTIONS, metrics, clock: systemClock, onDeadLetter() {} });
  // 30 of 40 entries on one day, each class with ten.
  const ids = Array.from({ length: 40 }, () => randomUUID());
  const day = (n: number) => ({ classId: `c${n % 4}`, date: n < 30 ? '2026-11-22' : '2026-11-23' });
  await startProfile(db);
  await project(ids.map((id, n) => attendanceEvent(id, 1, day(n))));
  await project(ids.map((id, n) => attendanceEvent(id, 2, day(n))));
  const page = { tenantId: 't', classId: 'c1', date: '2026-11-22', page: 1, size: 10, sort: 'attendanceId' } as const;
  for (let n = 0; n < 5; n++) await attendanceSheets(db).page(page);
  await stopProfile(db);

  const keys = await judgeKeys(db);
  assert.deepEqual([...new Set(keys.map(({ collection }) => collection))], ['attendance_sheet']);
  const of = (name: string) => keys.find(({ key }) => key === name)!;
  assert.equal(of('_id').chosen, true);
  assert.deepEqual(of('_id').spread, { documents: 40, values: 40, largestShare: 1 / 40, variation: 0 });
  // 40 inserts and 40 updates name their document; five pages and their five counts name a range.
  assert.deepEqual(of('_id').targets, { one: 80, some: 10, all: 0 });
  assert.deepEqual(of('_id hashed').targets, { one: 80, some: 0, all: 10 });
  assert.equal(of('date').spread.largestShare, 0.75);
  assert.deepEqual(of('tenantId, classId, date').targets, { one: 90, some: 0, all: 0 });
  assert.deepEqual(of('tenantId, studentId').targets, { one: 40, some: 50, all: 0 });
});

test('mistakes in the words end with exit code 2 and a hint', async () => {
  const cli = new URL('../../../cli.ts', import.meta.url).pathname;
  const run = (...words: string[]) =>
    promisify(execFile)(process.execPath, [cli, 'shardkeys', ...words], { env: { PATH: process.env.PATH } }).then(
      () => assert.fail('it went through'),
      ({ code, stderr }) => ({ code, stderr }),
    );
  for (const [words, message] of [
    [['smoke', 'peak'], /one scenario at most\nhint: /],
    [['--seconds', 'long'], /--seconds must be a positive number/],
    [['smoke', '--mongodb', parts.urls.mongodb], /--mongodb watches its own load/],
    [['--mongodb', 'mongodb://127.0.0.1:1/x?serverSelectionTimeoutMS=100'], /MongoDB does not answer/],
  ] as const) {
    const { code, stderr } = await run(...words);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
  }
});
