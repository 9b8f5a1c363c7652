// One command's trace through the real processes: HTTP, outbox, broker, projection, call of a provider. And none when it is not sampled.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { secretKey, signToken } from '../http/auth.ts';
import { freshParts, type TestParts } from '../local/testing.ts';
import { startFakeProvider } from '../notify/fake/provider.ts';
import { migrate } from '../write/migrate.ts';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from './testing-otlp.ts';

const SECRET = 'only-for-this-one-test';
const TENANT = 'academy-1';

let parts: TestParts;
let receiver: OtlpReceiver;
let token: string;
before(async () => {
  receiver = await startOtlpReceiver();
  parts = await freshParts(['postgres', 'mongodb', 'redis', 'rabbitmq']);
  await migrate(parts.urls.postgres);
  token = await signToken({ id: 'manager-1', tenantId: TENANT, role: 'manager' }, secretKey(SECRET), new Date(), 600);
});
after(async () => {
  await parts.close();
  await receiver.stop();
});

interface Process {
  url: string;
  stop(): Promise<void>;
}

async function start(program: 'api' | 'worker', settings: Record<string, string>): Promise<Process> {
  const child: ChildProcess = spawn(process.execPath, [path.join(import.meta.dirname, `../${program}.ts`)], {
    env: {
      PORT: '0',
      DATABASE_URL: parts.urls.postgres,
      MONGODB_URL: parts.urls.mongodb,
      REDIS_URL: parts.urls.redis,
      JWT_SECRET: SECRET,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=of-the-apm',
      TRACE_SAMPLE_RATIO: '0',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface(child.stdout!)) {
    const { detail } = JSON.parse(line);
    if (!detail.port) continue;
    child.stdout!.resume();
    const stop = async () => {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    };
    return { url: `http://127.0.0.1:${detail.port}`, stop };
  }
  throw new Error(`${program} ended before it listened`);
}

async function command(api: Process, route: string, traceParent: string, body: object): Promise<void> {
  const answer = await fetch(`${api.url}/api/v1/${route}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'x-ams-tenant': TENANT,
      'idempotency-key': randomUUID(),
      'content-type': 'application/json',
      traceparent: traceParent,
    },
    body: JSON.stringify(body),
  });
  assert.equal(answer.status, 201, await answer.text());
}

async function untilProjected(api: Process, id: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'x-ams-tenant': TENANT };
  while (true) {
    const answer = await fetch(`${api.url}/api/v1/members/${id}`, { headers });
    await answer.body?.cancel();
    if (answer.status === 200) return;
    await sleep(50);
  }
}

/** The way from a span up to where its trace began, by name. */
function ancestry(span: ReceivedSpan): string[] {
  const parent = receiver.spans.find(({ spanId }) => spanId === span.parentSpanId);
  return [`${span.service}: ${span.name}`, ...(parent ? ancestry(parent) : [span.parentSpanId])];
}

for (const [events, through] of [
  ['inprocess', []],
  ['rabbitmq', ['ams-worker: publish']],
] as const) {
  test(`a command's trace is joined from its caller to the read model and to the provider (${events})`, async () => {
    receiver.spans.length = 0;
    const provider = await startFakeProvider();
    const broker: Record<string, string> =
      events === 'rabbitmq' ? { EVENTS: events, RABBITMQ_URL: parts.urls.rabbitmq } : {};
    const api = await start('api', {});
    const worker = await start('worker', { ...broker, NOTIFY_KAKAO_URL: `${provider.url}/kakao` });
    const [guardian, student, payment] = [randomUUID(), randomUUID(), randomUUID()];
    const traceId = randomUUID().replaceAll('-', '');
    const caller = '00f067aa0ba902b7';
    const parent = (flags: string) => `00-${traceId}-${caller}-${flags}`;
    try {
      const phone = '010-1234-5678';
      await command(api, 'members', parent('00'), { id: guardian, name: 'Kim Minji', role: 'parent', phone });
      await untilProjected(api, guardian);
      const guarded = { id: student, name: 'Kim Jiho', role: 'student', guardianId: guardian };
      await command(api, 'members', parent('01'), guarded);
      await untilProjected(api, student);
      const paid = { studentId: student, amountWon: 150_000, method: 'card', forMonth: '2026-11' };
      await command(api, 'payments', parent('01'), { id: payment, ...paid });
      while (provider.messages('kakao').length === 0) await sleep(50);
    } finally {
      // Ending in order sends what is left.
      await Promise.all([api.stop(), worker.stop()]);
      await provider.stop();
    }
    const named = (name: string) => receiver.spans.filter((span) => span.name === name);
    const [projected, ...more] = named('project member-card');
    assert.equal(more.length, 0, 'the command whose trace is not sampled leaves no span');
    assert.deepEqual(ancestry(projected!), [
      'ams-worker: project member-card',
      ...through,
      'ams-api: enrolMember',
      'ams-api: POST /api/v1/members',
      caller,
    ]);
    assert.deepEqual(ancestry(named('send kakao')[0]!), [
      'ams-worker: send kakao',
      ...through,
      'ams-api: recordPayment',
      'ams-api: POST /api/v1/payments',
      caller,
    ]);
    assert.deepEqual([...new Set(receiver.spans.map((span) => span.traceId))], [traceId]);
    assert.match(String(projected!.attributes['ams.event.id']), new RegExp(`^${TENANT}/${student}/1$`));
    assert.ok(receiver.headers.every((headers) => headers['api-key'] === 'of-the-apm'));
    const exported = JSON.stringify(receiver.spans);
    for (const secret of ['Kim', '1234-5678', token])
      assert.ok(!exported.includes(secret), 'no personal data leaves with a span');
  });
}
