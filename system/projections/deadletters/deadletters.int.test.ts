import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { promisify } from 'node:util';
import { type Db, MongoClient } from 'mongodb';
import { Failure } from '../../../cli/failure.ts';
import { systemClock } from '../../clock.ts';
import { freshParts, type TestParts } from '../../local/testing.ts';
import type { OutboxEvent } from '../../relay/event.ts';
import { createMetrics, type Metrics } from '../../telemetry/metrics.ts';
import { createProjector } from '../apply.ts';
import { countAside } from '../aside-metrics.ts';
import { makeIndexes } from '../indexes.ts';
import { memberCard } from '../member-card/member-card.ts';
import { attendanceEvent, memberEvent } from '../testing.ts';
import { deadLetters, type Letters } from './letters.ts';

let parts: TestParts;
let client: MongoClient;
let db: Db;
let metrics: Metrics;
let letters: Letters;
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
  metrics = createMetrics('worker', { version: 'test', commit: 'test' });
  letters = deadLetters({ db, metrics, clock: systemClock });
});

const project = (events: OutboxEvent[]) =>
  createProjector({ db, projections: [memberCard], metrics, clock: systemClock, onDeadLetter() {} })(events);
const card = (id: string) =>
  db.collection<{ _id: string; version: number; name: string }>('member_card').findOne({ _id: `t/${id}` });
const failsWith = (code: string) => (error: unknown) =>
  error instanceof Failure && error.code === code && error.exitCode === 2;

/** A member at version 1 whose version 2 could not be understood, with two versions behind it. */
async function stuck(): Promise<{ id: string; letter: string }> {
  const id = randomUUID();
  await project([memberEvent(id, 1), memberEvent(id, 2, { name: 7 }), memberEvent(id, 3), memberEvent(id, 4)]);
  return { id, letter: `member-card/t/${id}/2` };
}

/** What a mended projection would have understood. */
const mend = (letter: string) =>
  db.collection<{ _id: string }>('dead_letter').updateOne({ _id: letter }, { $set: { 'event.data.name': 'mended' } });

test('a dead letter is listed with its reason, its attempts and what waits behind it', async () => {
  const { id, letter } = await stuck();
  const [row] = await letters.list();
  assert.deepEqual(
    [row?.id, row?.of, row?.version, row?.startedAttempts, row?.finishedAttempts, row?.parkedBehind],
    [letter, 'member-card', 2, 1, 1, 2],
  );
  assert.match(row!.reason, /MemberUpdated without name/);
  const shown = await letters.show(letter);
  assert.deepEqual([shown.event.data.name, shown.parkedVersions, shown.aggregateId], [7, [3, 4], id]);
});

test('replaying what is still not understood keeps it, counts the attempt, and says so', async () => {
  const { id, letter } = await stuck();
  const replayed = await letters.replay(letter);
  assert.deepEqual([replayed.outcome, replayed.events], ['still dead', 0]);
  assert.equal((await letters.show(letter)).finishedAttempts, 2);
  assert.equal((await card(id))?.version, 1);
});

test('replaying what is understood now applies it and all that waited, in order, and forgets the letter', async () => {
  const { id, letter } = await stuck();
  await mend(letter);
  assert.deepEqual(await letters.replay(letter), { id: letter, outcome: 'applied', events: 3 });
  assert.deepEqual([(await card(id))?.version, (await card(id))?.name], [4, 'name 4']);
  assert.deepEqual(await letters.list(), []);
  assert.equal(await db.collection('parked').countDocuments(), 0);
  await assert.rejects(letters.replay(letter), failsWith('deadletter.unknown'));
});

test('all letters are replayed at once; one that stays dead keeps no other', async () => {
  const [first, second] = [await stuck(), await stuck()];
  await mend(second.letter);
  const outcomes = new Map((await letters.replayAll()).map(({ id, outcome }) => [id, outcome]));
  assert.equal(outcomes.get(first.letter), 'still dead');
  assert.equal(outcomes.get(second.letter), 'applied');
});

test('discarding counts the version without its change and lets the aggregate go on', async () => {
  const { id, letter } = await stuck();
  assert.deepEqual(await letters.discard(letter), { id: letter, events: 2 });
  assert.equal((await card(id))?.version, 4);
  await project([memberEvent(id, 5)]);
  assert.deepEqual([(await card(id))?.version, (await card(id))?.name], [5, 'name 5']);
  assert.deepEqual(await letters.list(), []);
});

test('an aggregate whose only event is discarded stands at that version with the fields it had', async () => {
  const id = randomUUID();
  await project([memberEvent(id, 1), memberEvent(id, 2, { name: 7 })]);
  assert.equal((await letters.discard(`member-card/t/${id}/2`)).events, 0);
  assert.deepEqual([(await card(id))?.version, (await card(id))?.name], [2, 'name 1']);
});

test('the event that makes a document cannot be discarded', async () => {
  const id = randomUUID();
  await project([memberEvent(id, 1, { name: 7 })]);
  await assert.rejects(letters.discard(`member-card/t/${id}/1`), failsWith('deadletter.first-version'));
  assert.equal((await letters.list()).length, 1);
});

test('an event that was applied after all is forgotten on replay', async () => {
  const { id, letter } = await stuck();
  await project([memberEvent(id, 2)]);
  assert.equal((await card(id))?.version, 4, 'it came again, and this time it was understood');
  assert.equal((await letters.replay(letter)).outcome, 'applied');
  assert.deepEqual(await letters.list(), []);
});

test('dead letters of notifications are shown, discarded and queued again', async () => {
  const event = attendanceEvent(randomUUID(), 2);
  const now = new Date();
  const letter = { reason: 'no answer', startedAttempts: 4, finishedAttempts: 4, firstAt: now, lastAt: now };
  const own = { projection: 'notification', channel: 'sms', event, documentId: 'x', ...letter };
  await db.collection<{ _id: string }>('notification_dead_letter').insertOne({ _id: event.id, ...own });
  const [row] = await letters.list();
  assert.deepEqual([row?.id, row?.of], [`notification/${event.id}`, 'notification (sms)']);
  assert.equal((await letters.show(row!.id)).event.id, event.id);
  assert.equal((await letters.replay(row!.id)).outcome, 'queued');
  assert.equal(
    (await db.collection<{ _id: string; channel: string }>('notification').findOne({ _id: event.id }))?.channel,
    'sms',
  );
  assert.deepEqual(await letters.list(), []);
});

test('how many there are and how old the oldest is can be measured', async () => {
  await stuck();
  await stuck();
  const inAMinute = { now: () => new Date(Date.now() + 60_000), monotonicMs: () => 0 };
  await countAside({ db, metrics, clock: inAMinute });
  const of = async (name: 'deadLetters' | 'deadLetterOldestAgeSeconds' | 'parkedEvents') =>
    (await metrics[name].get()).values.find(({ labels }) => labels.projection === 'member-card')?.value;
  assert.equal(await of('deadLetters'), 2);
  assert.equal(await of('parkedEvents'), 4);
  assert.ok((await of('deadLetterOldestAgeSeconds'))! >= 60);
});

test('the command answers in JSON, and its mistakes end with exit code 2 and a hint', async () => {
  const { letter } = await stuck();
  const run = (...words: string[]) =>
    promisify(execFile)(
      process.execPath,
      [new URL('../../../cli.ts', import.meta.url).pathname, 'deadletters', ...words],
      {
        env: { PATH: process.env.PATH, MONGODB_URL: parts.urls.mongodb },
      },
    ).then(
      ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    );
  const listed = await run('list', '--json');
  assert.equal(JSON.parse(listed.stdout).letters[0].id, letter);
  for (const [words, message] of [
    [['show', 'member-card/t/nobody/1'], /no dead letter "member-card\/t\/nobody\/1"\nhint: /],
    [['replay', letter], /still dead: MemberUpdated without name\nhint: /],
    [['replay'], /replay needs the id/],
    [['replay', letter, '--all'], /not both/],
    [['burn', letter], /"burn .*" is not list, show ID/],
    [['list', '--mongodb', 'mongodb://127.0.0.1:1/x?serverSelectionTimeoutMS=100'], /MongoDB does not answer/],
  ] as const) {
    const { code, stderr } = await run(...words);
    assert.equal(code, 2, `${words}: ${stderr}`);
    assert.match(stderr, message);
  }
});
