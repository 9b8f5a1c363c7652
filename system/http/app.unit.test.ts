import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SignJWT } from 'jose';
import { systemClock } from '../clock.ts';
import { AmsError } from '../errors.ts';
import { createLog } from '../telemetry/log.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { createApp } from './app.ts';
import { ROLES, secretKey } from './auth.ts';
import { createHealth } from './health.ts';
import { ROUTES, type Route, type Services } from './routes.ts';
import { CLASS_ID, DATE, headersOf, MEMBER_ID, SECRET, serve, VALID } from './testing.ts';

const TENANT = 'academy-1';
/** What reached the services, as [use case, tenant, input or context]. */
let calls: { useCase: string; tenantId: string; input: unknown; requestHash?: string }[] = [];
let lines: Record<string, unknown>[] = [];
/** What the next service call throws. */
let trouble: unknown;
let metrics: Metrics;
let baseUrl: string;
let close: () => Promise<void>;

/** Services that note who asked for what and answer something well-formed. */
function notingServices(): Services {
  const noted = <T>(useCase: string, tenantId: string, input: unknown, answer: T, requestHash?: string) => {
    calls.push({ useCase, tenantId, input, ...(requestHash && { requestHash }) });
    if (trouble) throw trouble;
    return Promise.resolve(answer);
  };
  const handler =
    (useCase: string, status: 200 | 201) =>
    async (context: { tenantId: string; requestHash: string }, input: { id: string }) =>
      noted(
        useCase,
        context.tenantId,
        input,
        { id: input.id, version: 3, status, replayed: false, data: { id: input.id, version: 3 } },
        context.requestHash,
      );
  return {
    commands: {
      enrolMember: handler('enrolMember', 201),
      renameMember: handler('renameMember', 200),
      requestAttendance: handler('requestAttendance', 201),
      confirmAttendance: handler('confirmAttendance', 200),
    },
    memberCard: async (tenantId, id) =>
      noted('readMemberCard', tenantId, id, {
        id,
        version: 2,
        name: 'Kim Minji',
        role: 'student',
        phone: '***-****-5678',
        enrolledAt: '2026-03-01T00:00:00.000Z',
        updatedAt: '2026-03-01T00:00:00.000Z',
      }),
    attendanceSheets: {
      page: async (query) => noted('readAttendanceSheet', query.tenantId, query, { entries: [], total: 0 }),
      entry: async () => null,
    },
    attendanceStatistic: async (tenantId, date) =>
      noted('readAttendanceStatistic', tenantId, date, {
        value: { date, requested: 0, confirmed: 0, present: 0, late: 0, absent: 0 },
        cache: 'hit' as const,
      }),
    wait: { waitMs: 20, clock: systemClock, metrics },
  };
}

before(async () => {
  metrics = createMetrics('api', { version: 'test', commit: 'test' });
  const log = createLog({ LOG_LEVEL: 'info' }, 'api', { write: (line) => void lines.push(JSON.parse(line)) });
  const health = createHealth({}, 100);
  const app = createApp({
    services: notingServices(),
    health,
    key: secretKey(SECRET),
    clock: systemClock,
    log,
    metrics,
  });
  ({ baseUrl, close } = await serve(app));
});
after(() => close());
beforeEach(() => {
  calls = [];
  lines = [];
  trouble = undefined;
});

interface Answer {
  status: number;
  headers: Headers;
  body: {
    data?: unknown;
    meta?: Record<string, unknown>;
    error?: { code: string; message: string; timestamp: string };
  };
}

/** Sends the valid request of a route, changed as said. */
async function send(
  route: Route,
  headers: Record<string, string>,
  change: { body?: string | undefined; path?: string; key?: string | null } = {},
): Promise<Answer> {
  const { path, body } = VALID[route.useCase]!;
  const isCommand = route.kind === 'command';
  const key = change.key === undefined ? 'key-1' : change.key;
  const response = await fetch(baseUrl + (change.path ?? path), {
    method: route.method,
    headers: {
      ...headers,
      ...(isCommand && { 'content-type': 'application/json' }),
      ...(isCommand && key !== null && { 'idempotency-key': key }),
    },
    ...(isCommand && { body: change.body ?? JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
}

function refusedWith({ status, body }: Answer, expectedStatus: number, code: string, because: string): void {
  assert.equal(status, expectedStatus, because);
  assert.deepEqual(Object.keys(body), ['error'], because);
  assert.deepEqual(Object.keys(body.error!), ['code', 'message', 'timestamp'], because);
  assert.equal(body.error!.code, code, because);
  assert.equal(new Date(body.error!.timestamp).toISOString(), body.error!.timestamp, because);
  assert.equal(calls.length, 0, `${because}: nothing may reach a service`);
}

const routeOf = (useCase: string) => ROUTES.find((route) => route.useCase === useCase)!;
const commands = ROUTES.filter((route) => route.kind === 'command');

test('every cell of role and route is allowed or forbidden as the table says, in the tenant of the token', async () => {
  let cells = 0;
  for (const route of ROUTES) {
    for (const role of ROLES) {
      calls = [];
      cells++;
      const answer = await send(route, await headersOf(role, TENANT));
      const because = `${role} ${route.method} ${route.template}`;
      if (!route.roles.includes(role)) {
        refusedWith(answer, 403, 'role.forbidden', because);
        continue;
      }
      assert.equal(answer.status, route.kind === 'command' ? route.status : 200, because);
      assert.deepEqual(Object.keys(answer.body), ['data', 'meta'], because);
      assert.deepEqual(
        calls.map(({ useCase, tenantId }) => [useCase, tenantId]),
        [[route.useCase, TENANT]],
        because,
      );
    }
  }
  assert.equal(cells, 28);
});

test('a caller without a good token for this very tenant gets nothing on any route', async () => {
  const good = await headersOf('manager', TENANT);
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const endless = await new SignJWT({ sub: 'x', tenant: TENANT, role: 'manager' })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(secretKey(SECRET));
  const payload = { sub: 'x', tenant: TENANT, role: 'manager', exp: 4_000_000_000 };
  const cases: [string, Record<string, string>, number, string][] = [
    ['no headers', {}, 401, 'auth.missing'],
    ['another scheme', { ...good, authorization: 'Basic abc' }, 401, 'auth.missing'],
    ['not a token', { ...good, authorization: 'Bearer abc' }, 401, 'auth.invalid'],
    [
      'alg none',
      { ...good, authorization: `Bearer ${encode({ alg: 'none' })}.${encode(payload)}.` },
      401,
      'auth.invalid',
    ],
    [
      'another secret',
      await headersOf('manager', TENANT, { secret: 'another-secret-altogether' }),
      401,
      'auth.invalid',
    ],
    ['expired', await headersOf('manager', TENANT, { now: new Date('2020-01-01') }), 401, 'auth.invalid'],
    ['no expiry', { ...good, authorization: `Bearer ${endless}` }, 401, 'auth.invalid'],
    ['a cut signature', { ...good, authorization: good.authorization!.slice(0, -4) }, 401, 'auth.invalid'],
    ['an unknown role', await headersOf('owner' as 'manager', TENANT), 401, 'auth.invalid'],
    ['no tenant header', { authorization: good.authorization! }, 400, 'tenant.missing'],
    ['another tenant', await headersOf('manager', TENANT, { headerTenant: 'academy-2' }), 403, 'tenant.mismatch'],
  ];
  for (const route of ROUTES) {
    for (const [what, headers, status, code] of cases) {
      refusedWith(await send(route, headers), status, code, `${what}: ${route.useCase}`);
    }
  }
});

test('a command whose body is not what its schema says is refused', async () => {
  const headers = await headersOf('manager', TENANT);
  for (const route of commands) {
    const valid = VALID[route.useCase]!.body!;
    const bodies: [string, string][] = [
      ['an unknown field', JSON.stringify({ ...valid, tenantId: 'academy-2' })],
      ['not JSON', '{"id":'],
      ['nothing', ''],
      ['a list', '[]'],
      ['null', 'null'],
      ...Object.keys(valid).map((field): [string, string] => [
        `a number for ${field}`,
        JSON.stringify({ ...valid, [field]: 7 }),
      ]),
      ...Object.keys(valid)
        .filter((field) => field !== 'phone')
        .map((field): [string, string] => [`no ${field}`, JSON.stringify({ ...valid, [field]: undefined })]),
    ];
    for (const [what, body] of bodies) {
      refusedWith(await send(route, headers, { body }), 400, 'request.invalid', `${what}: ${route.useCase}`);
    }
    const large = JSON.stringify({ ...valid, name: 'x'.repeat(70_000) });
    refusedWith(await send(route, headers, { body: large }), 413, 'request.too-large', route.useCase);
  }
});

test('a path or query that is not what its schema says is refused', async () => {
  const headers = await headersOf('manager', TENANT);
  const sheet = `/api/v1/classes/${CLASS_ID}/attendance-sheet`;
  const cases: [string, string][] = [
    ['readMemberCard', '/api/v1/members/not-a-uuid'],
    ['readMemberCard', '/api/v1/members/%ff'],
    ['readMemberCard', `/api/v1/members/${MEMBER_ID}?minVersion=0`],
    ['readMemberCard', `/api/v1/members/${MEMBER_ID}?minVersion=-1`],
    ['readMemberCard', `/api/v1/members/${MEMBER_ID}?minVersion=1&minVersion=2`],
    ['readMemberCard', `/api/v1/members/${MEMBER_ID}?minversion=1`],
    ['readAttendanceSheet', sheet],
    ['readAttendanceSheet', `${sheet}?date=2026-02-30`],
    ['readAttendanceSheet', `${sheet}?date=${DATE}&size=201`],
    ['readAttendanceSheet', `${sheet}?date=${DATE}&page=0`],
    ['readAttendanceSheet', `${sheet}?date=${DATE}&sort=$where`],
    ['readAttendanceSheet', `${sheet}?date[$ne]=${DATE}`],
    ['readAttendanceSheet', `${sheet}?date=${DATE}&minVersion=2`],
    ['readAttendanceStatistic', '/api/v1/statistics/attendance?date=yesterday'],
  ];
  for (const [useCase, path] of cases) {
    refusedWith(await send(routeOf(useCase), headers, { path }), 400, 'request.invalid', path);
  }
});

test('a command needs an Idempotency-Key, and its hash follows what was asked and not how it was written', async () => {
  const headers = await headersOf('manager', TENANT);
  for (const route of commands) {
    refusedWith(await send(route, headers, { key: null }), 400, 'idempotency.missing', route.useCase);
    refusedWith(await send(route, headers, { key: 'k'.repeat(201) }), 400, 'request.invalid', route.useCase);
  }
  const route = routeOf('enrolMember');
  const body = VALID.enrolMember!.body!;
  const reversed = Object.fromEntries(Object.entries(body).reverse());
  await send(route, headers, { body: JSON.stringify(body) });
  await send(route, headers, { body: JSON.stringify(reversed, null, 2) });
  await send(route, headers, { body: JSON.stringify({ ...body, name: 'Somebody Else' }) });
  const [first, rewritten, other] = calls.map(({ requestHash }) => requestHash);
  assert.equal(first, rewritten);
  assert.notEqual(first, other);
});

test('an AmsError becomes its status and code; anything else becomes 500 and says nothing of itself', async () => {
  const headers = await headersOf('manager', TENANT);
  for (const route of ROUTES) {
    trouble = new AmsError('write.conflict');
    const conflict = await send(route, headers);
    assert.deepEqual([conflict.status, conflict.body.error?.code], [409, 'write.conflict'], route.useCase);
    trouble = new Error('relation "secret_table" does not exist');
    const failed = await send(route, headers);
    assert.deepEqual([failed.status, failed.body.error?.code], [500, 'server.failed'], route.useCase);
    assert.ok(!JSON.stringify(failed.body).includes('secret_table'), route.useCase);
    // The line is written when the connection is done with the answer, which the caller may see first.
    while (!JSON.stringify(lines).includes('secret_table')) await sleep(1);
    lines = [];
  }
});

test('answers carry their version and their staleness', async () => {
  const headers = await headersOf('manager', TENANT);
  const path = `/api/v1/members/${MEMBER_ID}`;
  const enrolled = await send(routeOf('enrolMember'), headers);
  assert.equal(enrolled.headers.get('etag'), 'W/"3"');
  const fresh = await send(routeOf('readMemberCard'), headers, { path: `${path}?minVersion=2` });
  assert.deepEqual(
    [fresh.headers.get('etag'), fresh.body.meta?.stale, fresh.headers.get('x-ams-stale')],
    ['W/"2"', false, null],
  );
  const stale = await send(routeOf('readMemberCard'), headers, { path: `${path}?minVersion=9` });
  assert.deepEqual(
    [stale.status, stale.headers.get('etag'), stale.body.meta?.stale, stale.headers.get('x-ams-stale')],
    [200, 'W/"2"', true, 'true'],
  );
});

test('an unknown route or method is 404 in the envelope', async () => {
  const unknown: [string, string][] = [
    ['GET', '/'],
    ['GET', '/api/v1/nothing'],
    ['DELETE', `/api/v1/members/${MEMBER_ID}`],
    ['GET', '/api/v1/members'],
  ];
  for (const [method, path] of unknown) {
    const response = await fetch(baseUrl + path, { method });
    const body = (await response.json()) as Answer['body'];
    refusedWith({ status: response.status, headers: response.headers, body }, 404, 'route.unknown', path);
  }
});

test('the histogram knows route templates only, and counts what the callers got', async () => {
  const headers = await headersOf('manager', TENANT);
  await send(routeOf('readMemberCard'), headers);
  await fetch(`${baseUrl}/wp-admin/setup.php`);
  const text = await (await fetch(`${baseUrl}/metrics`)).text();
  const routes = new Set(
    [...text.matchAll(/http_server_request_duration_seconds_count\{[^}]*http_route="([^"]+)"/g)].map(
      ([, route]) => route!,
    ),
  );
  assert.deepEqual([...routes].sort(), [...new Set(ROUTES.map(({ template }) => template)), 'unmatched'].sort());
  for (const route of ROUTES) {
    const zero = `http_request_method="${route.method}",http_route="${route.template}",http_response_status_code="500"`;
    assert.ok(text.includes(zero), `${zero} exists before its first request`);
  }
});

test('one line a request, with the trace of its caller and no personal data', async () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const headers = { ...(await headersOf('manager', TENANT)), traceparent: `00-${traceId}-b7ad6b7169203331-01` };
  await send(routeOf('enrolMember'), headers);
  await fetch(`${baseUrl}/metrics`);
  await fetch(`${baseUrl}/actuator/health/liveness`);
  assert.equal(lines.length, 1);
  const { timestamp, elapsedMs, spanId, ...line } = lines[0]!;
  assert.match(String(timestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(Number(elapsedMs) > 0);
  assert.match(String(spanId), /^[\da-f]{16}$/);
  assert.deepEqual(line, {
    level: 'info',
    traceId,
    tenantId: TENANT,
    actor: 'manager-1',
    useCase: 'enrolMember',
    message: 'POST /api/v1/members 201',
    detail: { role: 'api', method: 'POST', route: '/api/v1/members', status: 201 },
  });
  assert.ok(!JSON.stringify(lines).includes('Minji'));
});
