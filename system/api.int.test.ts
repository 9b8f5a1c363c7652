// The whole way on real servers: both processes, PostgreSQL, MongoDB and Redis, seen through HTTP only. The order matters:
// parts die towards the end.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { scratchDir } from './local/parts.ts';
import { type Running, runHook, startService } from './local/service.ts';
import { readService, type ServiceSpec } from './local/service-spec.ts';
import { freshParts, type TestParts } from './local/testing.ts';

type Headers_ = Record<string, string>;
const checkout = join(import.meta.dirname, '..');
/** Longer than the default, so that a busy machine is not taken for a stale read. */
const env = { READ_WAIT_MS: '20000', LOG_LEVEL: 'info', REDIS_COMMAND_MS: '2000' };
const DATE = '2026-03-02';

let spec: ServiceSpec;
let parts: TestParts;
let scratch: Awaited<ReturnType<typeof scratchDir>>;
let running: Running;
let manager: Headers_;
let stranger: Headers_;

before(async () => {
  spec = await readService(join(checkout, 'system/service.yaml'));
  parts = await freshParts(['postgres', 'mongodb', 'redis'], { own: true });
  scratch = await scratchDir();
  const options = { checkout, parts: { urls: parts.urls, list: parts.own.list }, env };
  await runHook(spec, 'prepare', options);
  const people = ['academy-1', 'academy-2'].map((tenant) => ({ tenant, role: 'manager', subject: `of-${tenant}` }));
  const headers = await runHook(spec, 'identities', { ...options, stdin: JSON.stringify(people) });
  [manager, stranger] = JSON.parse(headers!) as [Headers_, Headers_];
  running = await startService(spec, { ...options, dir: scratch.dir });
});
after(async () => {
  await running?.stop();
  await parts?.close();
  await scratch?.remove();
});

async function call(method: string, path: string, as: Headers_, body?: unknown, key: string = randomUUID()) {
  const response = await fetch(running.baseUrl + path, {
    method,
    headers: {
      ...as,
      ...(method !== 'GET' && { 'idempotency-key': key }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = (text ? JSON.parse(text) : {}) as {
    data: Record<string, unknown> & Record<string, unknown>[];
    meta: Record<string, unknown>;
    error?: { code: string };
  };
  return { status: response.status, headers: response.headers, ...json, code: json.error?.code };
}

/** Waits for what must come; a minute is far beyond any busy machine and only keeps a broken build from hanging. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const endsAtMs = performance.now() + 60_000;
  while (!(await holds())) {
    assert.ok(performance.now() < endsAtMs, `never came true: ${holds}`);
    await sleep(20);
  }
}

async function metric(line: string): Promise<number> {
  const text = await (await fetch(`${running.baseUrl}/metrics`)).text();
  return Number(
    text
      .split('\n')
      .find((one) => one.startsWith(`${line} `))
      ?.split(' ')[1],
  );
}

const enrol = (id: string, as = manager, key?: string, name = 'Kim Minji') =>
  call('POST', '/api/v1/members', as, { id, name, role: 'student', phone: '010-1234-5678' }, key);

test('a member who was enrolled and renamed is read back by the version that the command answered', async () => {
  const id = randomUUID();
  const enrolled = await enrol(id);
  assert.deepEqual([enrolled.status, enrolled.data.version, enrolled.headers.get('etag')], [201, 1, 'W/"1"']);
  const renamed = await call('PATCH', `/api/v1/members/${id}`, manager, { name: 'Lee Jiwoo' });
  assert.deepEqual([renamed.status, renamed.data.version], [200, 2]);
  const card = await call('GET', `/api/v1/members/${id}?minVersion=2`, manager);
  assert.deepEqual([card.status, card.meta.stale, card.headers.get('etag')], [200, false, 'W/"2"']);
  assert.deepEqual([card.data.name, card.data.role, card.data.phone], ['Lee Jiwoo', 'student', '***-****-5678']);
});

test('a command under a used key answers again what it answered, and another one under it is refused', async () => {
  const [id, key] = [randomUUID(), randomUUID()];
  const first = await enrol(id, manager, key);
  const again = await enrol(id, manager, key);
  assert.equal(first.headers.get('idempotency-replayed'), null);
  assert.equal(again.headers.get('idempotency-replayed'), 'true');
  assert.deepEqual([again.status, again.data, again.meta], [first.status, first.data, first.meta]);
  assert.deepEqual((await enrol(id, manager, key, 'Somebody Else')).code, 'idempotency.reused');
  assert.deepEqual((await enrol(id)).code, 'member.exists', 'another key is another command');
});

test('a tenant neither sees nor hinders another one', async () => {
  const [id, classId, attendanceId, date] = [randomUUID(), randomUUID(), randomUUID(), '2026-04-01'];
  const entry = { id: attendanceId, classId, studentId: id, date };
  const sheet = `/api/v1/classes/${classId}/attendance-sheet?date=${date}`;
  const statistic = `/api/v1/statistics/attendance?date=${date}`;
  await enrol(id);
  await call('POST', '/api/v1/attendances', manager, entry);
  await call('GET', `/api/v1/members/${id}?minVersion=1`, manager);
  const seen = await call('GET', `${sheet}&attendanceId=${attendanceId}&minVersion=1`, manager);
  assert.equal(seen.data.length, 1);
  await until(async () => (await call('GET', statistic, manager)).data.requested === 1);

  assert.equal((await call('GET', `/api/v1/members/${id}`, stranger)).code, 'member.unknown');
  assert.equal((await call('PATCH', `/api/v1/members/${id}`, stranger, { name: 'X' })).code, 'member.unknown');
  const confirmation = `/api/v1/attendances/${attendanceId}/confirmation`;
  assert.equal((await call('POST', confirmation, stranger, { mark: 'late' })).code, 'attendance.unknown');
  assert.equal((await call('GET', sheet, stranger)).data.length, 0);
  assert.equal((await call('GET', statistic, stranger)).data.requested, 0);
  assert.equal((await enrol(id, stranger)).status, 201, 'ids are of a tenant');
});

test('an attendance is requested, confirmed once, and its sheet and statistic follow', async () => {
  const [id, classId, studentId] = [randomUUID(), randomUUID(), randomUUID()];
  const sheet = `/api/v1/classes/${classId}/attendance-sheet?date=${DATE}&attendanceId=${id}`;
  const statistic = () => call('GET', `/api/v1/statistics/attendance?date=${DATE}`, manager);
  const counts = { date: DATE, requested: 0, confirmed: 0, present: 0, late: 0, absent: 0 };
  assert.equal((await statistic()).meta.cache, 'miss');
  assert.deepEqual([(await statistic()).meta.cache, (await statistic()).data], ['hit', counts]);

  const requested = await call('POST', '/api/v1/attendances', manager, { id, classId, studentId, date: DATE });
  assert.equal(requested.status, 201);
  const confirmation = `/api/v1/attendances/${id}/confirmation`;
  const confirmed = await call('POST', confirmation, manager, { mark: 'late' });
  assert.deepEqual([confirmed.status, confirmed.data.version], [200, 2]);
  assert.equal((await call('POST', confirmation, manager, { mark: 'present' })).code, 'attendance.confirmed');

  const { data, meta } = await call('GET', `${sheet}&minVersion=2`, manager);
  const [entry] = data;
  assert.deepEqual(meta, { page: 1, size: 50, total: 1, sort: 'attendanceId', stale: false });
  assert.deepEqual(
    [entry!.attendanceId, entry!.studentId, entry!.status, entry!.mark, entry!.version],
    [id, studentId, 'confirmed', 'late', 2],
  );
  await until(async () => (await statistic()).data.late === 1);
  assert.deepEqual((await statistic()).data, { ...counts, confirmed: 1, late: 1 });
  assert.ok((await metric('cache_requests_total{outcome="stale"}')) >= 1, 'made old by the event, not by its age');
});

test('what the databases cannot store is refused like any other bad request', async () => {
  const id = randomUUID();
  assert.equal((await enrol(id, manager, undefined, 'nul \u0000 byte')).code, 'request.invalid');
  assert.equal((await enrol(id, manager, 'key with ünicode'.normalize('NFC'))).status, 201);
});

test('without Redis everything still works, and readiness says degraded', async () => {
  parts.own.list.find(({ name }) => name === 'redis')!.kill('SIGKILL');
  const statistic = () => call('GET', `/api/v1/statistics/attendance?date=${DATE}`, manager);
  await until(async () => (await statistic()).meta.cache === 'off');
  const read = await statistic();
  assert.deepEqual([read.status, read.data.late], [200, 1]);
  const id = randomUUID();
  assert.equal((await enrol(id)).status, 201);
  assert.equal((await call('GET', `/api/v1/members/${id}?minVersion=1`, manager)).meta.stale, false);
  const health = await fetch(`${running.baseUrl}/actuator/health/readiness`);
  const page = (await health.json()) as { status: string; components: Record<string, { status: string }> };
  assert.deepEqual([health.status, page.status, page.components.redis?.status], [200, 'UP', 'DEGRADED']);
});

test('without MongoDB commands are still accepted, reads say so, and the process is alive but not ready', async () => {
  parts.own.list.find(({ name }) => name === 'mongodb')!.kill('SIGKILL');
  const id = randomUUID();
  assert.equal((await enrol(id)).status, 201);
  const card = await call('GET', `/api/v1/members/${id}`, manager);
  assert.deepEqual([card.status, card.code], [500, 'part.unavailable']);
  assert.equal((await fetch(`${running.baseUrl}/actuator/health/readiness`)).status, 503);
  assert.equal((await fetch(`${running.baseUrl}/actuator/health/liveness`)).status, 200);
});

test('a stopping API takes no new connection, finishes the request under way and ends with 0', async () => {
  const body = JSON.stringify({ id: randomUUID(), name: 'Kim Minji', role: 'student' });
  // A connection that its caller would keep must not keep the process.
  const agent = new Agent({ keepAlive: true });
  const pending = request(`${running.baseUrl}/api/v1/members`, {
    method: 'POST',
    agent,
    headers: {
      ...manager,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'idempotency-key': randomUUID(),
      // The server's "continue" is the proof that it has begun with this request.
      expect: '100-continue',
    },
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    pending.once('response', resolve).once('error', reject);
  });
  await new Promise((resolve) => {
    pending.once('continue', resolve);
    pending.flushHeaders();
  });
  running.kill('api', 'SIGTERM');
  await until(async () => readFileSync(join(scratch.dir, 'api.log'), 'utf8').includes('the API stops'));
  await assert.rejects(
    new Promise((resolve, reject) => request(running.baseUrl, { agent: false }, resolve).once('error', reject).end()),
    { code: 'ECONNREFUSED' },
  );
  pending.end(body);
  const answer = await answered;
  answer.resume();
  assert.equal(answer.statusCode, 201);
  await until(async () => running.ended().some((one) => one.startsWith('api ')));
  assert.deepEqual(running.ended(), ['api ended with exit code 0']);
  assert.doesNotMatch(
    readFileSync(join(scratch.dir, 'api.log'), 'utf8'),
    /cut off/,
    'it did not need to wait for STOP_MS',
  );
  agent.destroy();
});

test('a bad configuration is one line that names what is wrong, and exit code 2', () => {
  const entry = join(checkout, 'system/api.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [entry], {
    env: { DATABASE_URL: 'postgres://x', MONGODB_URL: 'mongodb://x/ams', REDIS_URL: 'redis://x', JWT_SECRET: 'short' },
    encoding: 'utf8',
  });
  assert.deepEqual([status, stdout], [2, '']);
  assert.match(stderr, /^configuration: JWT_SECRET: [^\n]+\n$/);
});
