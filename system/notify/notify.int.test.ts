import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { after, afterEach, before, beforeEach, suite, test } from 'node:test';
import { NOTIFICATION, PHONE_VERIFICATION } from './provider.ts';
import type { Queued } from './queue.ts';
import { type Bench, confirmed, GUARDIAN, QUICK, STUDENT, startBench, TENANT, until } from './testing.ts';

suite('notifications', { timeout: 120_000 }, () => {
  let bench: Bench;
  before(async () => {
    bench = await startBench();
  });
  after(() => bench.close());
  beforeEach(() => fetch(`${bench.provider.url}/admin`, { method: 'DELETE' }));
  afterEach(async () => {
    await bench.stopConsumers();
    await bench.db.collection('notification').deleteMany({});
    await bench.db.collection('notification_dead_letter').deleteMany({});
  });

  const sent = (channel: string) => bench.provider.messages(channel);
  const outcome = async (id: string) =>
    (await bench.db.collection<{ _id: string; outcome?: string }>('notification').findOne({ _id: id }))?.outcome;

  test('a confirmed attendance reaches the guardian by Kakao, within the trace of the command', async () => {
    const { handle } = await bench.consumer();
    const event = confirmed();
    await handle([event, { ...confirmed(), type: 'AttendanceRequested' }]);
    await until(() => sent('kakao').length === 1);
    const [message] = sent('kakao');
    assert.deepEqual(message!.body, {
      phone: '010-1234-5678',
      template: 'attendance-confirmed',
      text: 'Kim Minji: present on 2026-09-01',
    });
    assert.equal(message!.traceParent!.split('-')[1], event.traceParent!.split('-')[1]);
    await until(async () => (await outcome(event.id)) === 'sent');
    assert.equal(await bench.db.collection('notification').countDocuments(), 1);
  });

  test('a payment is acknowledged with its receipt number', async () => {
    const { handle } = await bench.consumer();
    const data = { studentId: STUDENT, amountWon: 150000, method: 'card', forMonth: '2026-09', receiptNumber: 'R-17' };
    await handle([{ ...confirmed(), aggregateType: 'payment', type: 'PaymentRecorded', data }]);
    await until(() => sent('kakao').length === 1);
    const { text } = sent('kakao')[0]!.body as { text: string };
    assert.equal(text, 'Kim Minji: 150,000 won for 2026-09 received, receipt R-17');
  });

  test('who has no phone is told by push, who has no guardian is told nothing, and neither is a failure', async () => {
    const { handle } = await bench.consumer();
    await bench.addCard('student-2', 'Lee Jiwoo', null, 'guardian-2');
    await bench.addCard('guardian-2', 'Lee Haneul', null, null);
    await bench.addCard('student-3', 'Park Seojun', '010-9999-8888', null);
    const [pushed, needless] = [confirmed('student-2'), confirmed('student-3')];
    await handle([pushed, needless]);
    await until(async () => (await outcome(pushed.id)) === 'sent' && (await outcome(needless.id)) === 'needless');
    assert.deepEqual(
      sent('push').map(({ body }) => (body as { memberId: string }).memberId),
      ['guardian-2'],
    );
    assert.equal(bench.provider.requests('kakao') + bench.provider.requests('sms'), 0);
  });

  test('an event that is delivered again is not told again, with Redis and without its memory', async () => {
    const { handle } = await bench.consumer();
    const events = [confirmed(), confirmed(), confirmed()];
    await handle(events);
    await handle(events);
    const before = await bench.redis.keys('seen:*');
    assert.ok(before.length >= 3, 'the marks are in Redis');
    for (const key of before) await bench.redis.del(key);
    await handle([...events, confirmed()]);
    await until(() => sent('kakao').length === 4);
    await until(async () => (await bench.queue.depth('kakao')).messages === 0);
    assert.deepEqual(
      sent('kakao').map(({ deliveries }) => deliveries),
      [1, 1, 1, 1],
    );
  });

  test('a dead provider holds up no event and no other channel: what it should have told goes by SMS', async () => {
    bench.provider.fault('kakao', { close: true });
    const { handle } = await bench.consumer();
    const events = Array.from({ length: 50 }, () => confirmed());
    await handle(events);
    await until(() => sent('sms').length === 50);
    assert.equal(sent('kakao').length, 0);
    assert.ok(
      bench.provider.requests('kakao') < 50 * (1 + QUICK.retryAfterMs.length),
      'the breaker spares the dead provider most of the tries',
    );
    const { body } = await bench.metrics.expose();
    assert.match(body, /outbound_breaker_state\{target="kakao",state="open"\} 1/);
  });

  test('events are done with while the provider keeps every message hanging', async () => {
    bench.provider.fault('kakao', { hang: true });
    const consumer = await bench.consumer({ channels: ['kakao'], patience: { ...QUICK, timeoutMs: 60_000 } });
    await consumer.handle(Array.from({ length: 100 }, () => confirmed()));
    await until(() => bench.provider.requests('kakao') === 20);
    const stillOpen = await bench.db.collection('notification').countDocuments({ outcome: { $exists: false } });
    assert.equal(stillOpen, 100, 'handled although none is sent; 20 at most are on their way');
    const { messages, oldestAt } = await bench.queue.depth('kakao');
    assert.equal(messages, 100);
    assert.ok(oldestAt);
  });

  test('a slow provider gets one try and three retries of each message, each with the same key', async () => {
    bench.provider.fault('kakao', { delayMs: 60_000 });
    const { handle } = await bench.consumer({ patience: { ...QUICK, timeoutMs: 1500, breakAfter: 1000 } });
    const event = confirmed();
    await handle([event]);
    await until(() => sent('sms').length === 1);
    assert.equal(bench.provider.requests('kakao'), 4);
    assert.deepEqual(
      sent('sms').map(({ id }) => id),
      [event.id],
    );
  });

  test('an answer of the wrong form is not taken for a delivery', async () => {
    bench.provider.fault('kakao', { wrongBody: true });
    const { handle } = await bench.consumer();
    await handle([confirmed()]);
    await until(() => sent('sms').length === 1);
    assert.equal(sent('kakao')[0]!.deliveries, 4, 'the provider knows by the key that it is one message');
  });

  test('when the only provider comes back, everything that waited is delivered', async () => {
    bench.provider.fault('kakao', { errorRate: 1 });
    const { handle } = await bench.consumer({ channels: ['kakao'] });
    const events = Array.from({ length: 30 }, () => confirmed());
    // The first open the breaker; those that come then wait for it.
    await handle(events.slice(0, 10));
    await until(async () => (await bench.metrics.expose()).body.includes('target="kakao",state="open"} 1'));
    await handle(events.slice(10));
    await until(() => bench.db.collection('notification').countDocuments({ 'failures.reason': 'kakao is away' }));
    bench.provider.fault('kakao', {});
    await until(async () => (await bench.queue.depth('kakao')).messages === 0);
    const dead = await bench.db.collection('notification_dead_letter').countDocuments();
    assert.equal(sent('kakao').length + dead, 30);
    assert.ok(sent('kakao').length >= 20, 'those that waited for the breaker');
  });

  test('what every channel refuses becomes a dead letter with its reason, and can be replayed', async () => {
    for (const channel of ['kakao', 'sms', 'push']) bench.provider.fault(channel, { errorRate: 1, status: 422 });
    const { handle } = await bench.consumer();
    const event = confirmed();
    await handle([event]);
    await until(async () => (await outcome(event.id)) === 'dead');
    assert.deepEqual(
      ['kakao', 'sms', 'push'].map((channel) => bench.provider.requests(channel)),
      [1, 1, 1],
      'a refusal is not tried again',
    );
    const letter = await bench.db
      .collection<{ _id: string; [key: string]: unknown }>('notification_dead_letter')
      .findOne({ _id: event.id });
    assert.equal(letter!.reason, 'the provider refused it with 422');
    assert.equal(letter!.channel, 'push');
    assert.equal(letter!.startedAttempts, 3);
    assert.equal(letter!.finishedAttempts, 3);

    await fetch(`${bench.provider.url}/admin`, { method: 'DELETE' });
    assert.equal(await bench.queue.replay(event.id, 'kakao', new Date()), true);
    assert.equal(await bench.queue.replay(event.id, 'kakao', new Date()), false, 'there is no such letter any more');
    await until(async () => (await outcome(event.id)) === 'sent');
    assert.equal(sent('kakao').length, 1);
  });

  test('a student whom the read model does not know yet is asked for again later', async () => {
    const { handle } = await bench.consumer();
    const event = confirmed('student-4');
    await handle([event]);
    const waits = { _id: event.id, 'failures.reason': 'the read model knows no such student or guardian' };
    await until(() => bench.db.collection<{ _id: string }>('notification').findOne(waits));
    await bench.addCard('student-4', 'Choi Yuna', null, GUARDIAN);
    await until(() => sent('kakao').length === 1);
  });

  test('a message on which process after process died is given up, and whoever comes back late changes nothing', async () => {
    const event = confirmed();
    await bench.queue.prepare();
    await bench.queue.add([event], 'kakao', new Date());
    const taken = [];
    for (let process = 0; process < 4; process++) taken.push(await bench.queue.take('kakao', new Date(), 0));
    assert.deepEqual(
      taken.map((item) => item?.startedAttempts),
      [1, 2, 3, 4],
    );
    assert.equal(await bench.queue.settle(taken[0]!, 'sent', new Date()), false);
    await bench.consumer();
    await until(async () => (await outcome(event.id)) === 'dead');
    assert.equal(bench.provider.requests('kakao'), 0);
    const [letter] = await bench.db.collection('notification_dead_letter').find().toArray();
    assert.equal(letter!.documentId, `${TENANT}/${event.aggregateId}`);
    assert.equal(letter!.reason, 'sending was begun 5 times and ended 0 times');
  });

  test('a process killed between sending and noting it sends once more: at least once, one message by its key', async () => {
    bench.provider.fault('kakao', { hang: true });
    const event = confirmed();
    await bench.queue.prepare();
    await bench.queue.add([event], 'kakao', new Date());
    const file = path.join(import.meta.dirname, 'testing-process.ts');
    const { mongodb, redis } = bench.parts.urls;
    const words = [file, mongodb, redis, `${bench.provider.url}/kakao`];
    const child = spawn(process.execPath, words, { stdio: 'inherit' });
    const ended = once(child, 'exit');
    try {
      await until(() => sent('kakao').length === 1);
    } finally {
      child.kill('SIGKILL');
      await ended;
    }
    bench.provider.fault('kakao', {});
    await bench.consumer();
    await until(async () => (await outcome(event.id)) === 'sent');
    assert.equal(sent('kakao').length, 1);
    assert.equal(sent('kakao')[0]!.deliveries, 2);
    const item = await bench.db.collection<Queued>('notification').findOne({ _id: event.id });
    assert.deepEqual([item!.startedAttempts, item!.finishedAttempts], [2, 1]);
  });

  test('a consumer that stops leaves what it could not send for the next one', async () => {
    bench.provider.fault('kakao', { hang: true });
    const { handle, stop } = await bench.consumer({ channels: ['kakao'], patience: { ...QUICK, timeoutMs: 60_000 } });
    const event = confirmed();
    await handle([event]);
    await until(() => bench.provider.requests('kakao') === 1);
    await stop!();
    bench.provider.fault('kakao', {});
    await bench.consumer();
    await until(async () => (await outcome(event.id)) === 'sent');
    assert.equal(sent('kakao').length, 1, 'one message to its reader');
  });

  test('without any provider events are done with and nothing is kept', async () => {
    const { handle } = await bench.consumer({ channels: [] });
    await handle([confirmed()]);
    assert.equal(await bench.db.collection('notification').countDocuments(), 0);
  });

  test('every look into a queue finds its messages by an index', async () => {
    await bench.db.command({ profile: 2 });
    const { handle } = await bench.consumer();
    const event = confirmed();
    await handle([event]);
    await until(async () => (await outcome(event.id)) === 'sent');
    await bench.queue.depth('kakao');
    await bench.db.command({ profile: 0 });
    const operations = await bench.db
      .collection('system.profile')
      .find({ ns: `${bench.db.databaseName}.notification`, planSummary: { $exists: true } })
      .toArray();
    const plans = new Set(operations.map(({ planSummary }) => planSummary));
    assert.ok(plans.has('IXSCAN { channel: 1, dueAt: 1 }'), [...plans].join('; '));
    assert.ok(!plans.has('COLLSCAN'), [...plans].join('; '));
  });

  test("the ports have the mission's time-outs and retries", () => {
    assert.deepEqual([NOTIFICATION.timeoutMs, NOTIFICATION.retryAfterMs], [5000, [500, 1500, 3000]]);
    assert.deepEqual([PHONE_VERIFICATION.timeoutMs, PHONE_VERIFICATION.retryAfterMs], [3000, [200, 800]]);
  });
});
