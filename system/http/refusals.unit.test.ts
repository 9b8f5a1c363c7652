import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { SignJWT } from 'jose';
import { ROLES, secretKey } from './auth.ts';
import { ROUTES } from './routes.ts';
import { calls, refusedWith, reset, send, startApp } from './testing.ts';
import { CLASS_ID, DATE, headersOf, MEMBER_ID, SECRET, VALID } from './testing-requests.ts';

const TENANT = 'academy-1';
let close: () => Promise<void>;
before(async () => {
  close = await startApp();
});
after(() => close());
beforeEach(reset);

const routeOf = (useCase: string) => ROUTES.find((route) => route.useCase === useCase)!;
const commands = ROUTES.filter((route) => route.kind === 'command');

test('every cell of role and route is allowed or forbidden as the table says, in the tenant of the token', async () => {
  let cells = 0;
  for (const route of ROUTES) {
    for (const role of ROLES) {
      reset();
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
