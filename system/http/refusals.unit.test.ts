import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { SignJWT } from 'jose';
import { ROLES, type Role, secretKey } from './auth.ts';
import { permissionOf } from './permissions.ts';
import { ROUTES } from './routes/table.ts';
import { calls, exhausted, refusedWith, reset, send, startApp } from './testing.ts';
import { CLASS_ID, DATE, headersOf, MEMBER_ID, PARENT_ID, SECRET, VALID } from './testing-requests.ts';

const TENANT = 'academy-1';
let close: () => Promise<void>;
before(async () => {
  close = await startApp();
});
after(() => close());
beforeEach(reset);

const routeOf = (useCase: string) => ROUTES.find((route) => route.useCase === useCase)!;
const guarded = ROUTES.filter((route) => !route.open);
const commands = ROUTES.filter((route) => route.kind === 'command');
const operator = () => headersOf('super_admin', TENANT);
/** A student and a parent for whom every valid request is about their own. */
const subjects: Partial<Record<Role, string>> = { student: MEMBER_ID, parent: PARENT_ID };

test('every cell of role and use case is allowed or forbidden as the one table says, in the tenant of the caller', async () => {
  let cells = 0;
  for (const route of guarded) {
    for (const role of ROLES) {
      reset();
      cells++;
      const answer = await send(route, await headersOf(role, TENANT, { subject: subjects[role] }));
      const because = `${role} ${route.method} ${route.template}`;
      if (!permissionOf(route.useCase as 'signOut', role)) {
        refusedWith(answer, 403, 'role.forbidden', because);
        continue;
      }
      assert.equal(answer.status, route.status, because);
      assert.ok(
        calls.some(({ useCase }) => useCase === route.useCase),
        because,
      );
      const { input } = calls.find(({ useCase }) => useCase === route.useCase)!;
      if (!NO_TENANT.has(route.useCase)) assert.ok(JSON.stringify(input).includes(`"${TENANT}"`), because);
    }
  }
  assert.equal(cells, guarded.length * ROLES.length);
  assert.equal(cells, 140);
});
/** A refresh token stands for its own session; a profile is the whole process's. */
const NO_TENANT = new Set(['signOut', 'takeProfile', 'takeHeap']);

test('whoever may ask about their own gets nothing of others', async () => {
  const strangers: [Role, string][] = [
    ['student', PARENT_ID],
    ['parent', MEMBER_ID],
  ];
  const own = guarded.filter((route) => permissionOf(route.useCase as 'listPayments', 'student') === 'own');
  assert.deepEqual(own.map(({ useCase }) => useCase).sort(), [
    'listPayments',
    'readReceipt',
    'readStudentAttendances',
    'requestAttendance',
  ]);
  for (const route of own) {
    for (const [role, subject] of strangers) {
      const answer = await send(route, await headersOf(role, TENANT, { subject }));
      assert.deepEqual([answer.status, answer.body.error?.code], [403, 'role.forbidden'], `${role} ${route.useCase}`);
    }
  }
  const all = await send(routeOf('listPayments'), await headersOf('student', TENANT, { subject: MEMBER_ID }), {
    path: '/api/v1/payments',
  });
  assert.equal(all.body.error?.code, 'role.forbidden', 'a list of everybody is not about oneself');
});

test('a super admin chooses the tenant by the header, and it has to be one', async () => {
  for (const tenant of ['academy-1', 'academy-2']) {
    reset();
    await send(routeOf('readMemberCard'), await headersOf('super_admin', tenant));
    assert.equal(calls[0]!.input[0], tenant);
  }
  reset();
  for (const tenant of ['*', 'a b', 'a/b', 'x'.repeat(101), "'; drop table member"]) {
    const headers = await headersOf('super_admin', tenant);
    refusedWith(await send(routeOf('readMemberCard'), headers), 400, 'request.invalid', tenant);
  }
});

test('a caller without a good token for this very tenant gets nothing on any route', async () => {
  const good = await headersOf('manager', TENANT);
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = (claims: Record<string, unknown>) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(secretKey(SECRET));
  const payload = { sub: 'x', tenant: TENANT, role: 'manager', exp: 4_000_000_000 };
  const bearer = async (token: string | Promise<string>) => ({ ...good, authorization: `Bearer ${await token}` });
  const cases: [string, Record<string, string>, number, string][] = [
    ['no headers', {}, 401, 'auth.missing'],
    ['another scheme', { ...good, authorization: 'Basic abc' }, 401, 'auth.missing'],
    ['not a token', { ...good, authorization: 'Bearer abc' }, 401, 'auth.invalid'],
    ['alg none', await bearer(`${encode({ alg: 'none' })}.${encode(payload)}.`), 401, 'auth.invalid'],
    [
      'another secret',
      await headersOf('manager', TENANT, { secret: 'another-secret-altogether' }),
      401,
      'auth.invalid',
    ],
    ['expired', await headersOf('manager', TENANT, { now: new Date('2020-01-01') }), 401, 'auth.invalid'],
    ['no expiry', await bearer(signed({ ...payload, exp: undefined })), 401, 'auth.invalid'],
    ['a cut signature', { ...good, authorization: good.authorization!.slice(0, -4) }, 401, 'auth.invalid'],
    ['an unknown role', await bearer(signed({ ...payload, role: 'owner' })), 401, 'auth.invalid'],
    ['every tenant for a manager', await bearer(signed({ ...payload, tenant: '*' })), 401, 'auth.invalid'],
    ['one tenant for a super admin', await bearer(signed({ ...payload, role: 'super_admin' })), 401, 'auth.invalid'],
    ['no tenant header', { authorization: good.authorization! }, 400, 'tenant.missing'],
    ['another tenant', await headersOf('manager', TENANT, { headerTenant: 'academy-2' }), 403, 'tenant.mismatch'],
    [
      'two tenants',
      await headersOf('manager', TENANT, { headerTenant: `${TENANT}, academy-2` }),
      403,
      'tenant.mismatch',
    ],
  ];
  // A token that was verified once is known by its bytes: it must not open another tenant either.
  assert.equal((await send(routeOf('readMemberCard'), good)).status, 200);
  reset();
  for (const route of guarded) {
    for (const [what, headers, status, code] of cases) {
      const answer = await send(route, headers);
      refusedWith(answer, status, code, `${what}: ${route.useCase}`);
      assert.equal(answer.headers.get('www-authenticate'), status === 401 ? 'Bearer' : null);
    }
  }
});

test('a token that was good is refused from the second on in which it expires', async () => {
  const route = routeOf('readMemberCard');
  const aboutToExpire = await headersOf('manager', TENANT, { now: new Date(Date.now() - 3_598_000) });
  assert.equal((await send(route, aboutToExpire)).status, 200);
  const endsAtMs = performance.now() + 60_000;
  let answer = await send(route, aboutToExpire);
  while (answer.status === 200 && performance.now() < endsAtMs) answer = await send(route, aboutToExpire);
  assert.equal(answer.body.error?.code, 'auth.invalid');
});

test('whoever has nothing left of a limit is told when to come again, and nothing is done', async () => {
  const headers = await operator();
  for (const route of ROUTES.filter(({ limit }) => limit)) {
    reset();
    exhausted.add(`${route.limit}:${SUBJECTS[route.useCase] ?? `${TENANT}/super_admin-1`}`);
    const answer = await send(route, headers);
    refusedWith(answer, 429, 'rate.limited', route.useCase);
    assert.equal(answer.headers.get('retry-after'), '7', route.useCase);
  }
  assert.deepEqual(
    ROUTES.filter(({ limit }) => limit !== 'general').map(({ useCase, limit }) => [useCase, limit]),
    [
      ['signIn', 'signIn'],
      ['refreshTokens', 'signIn'],
      ['requestPhoneVerification', 'verification'],
    ],
  );
});

/** Whom the limits of open routes count: a name in its academy, a session whatever tenant is named. */
const SUBJECTS: Record<string, string> = { signIn: `${TENANT}/minji`, refreshTokens: 'session/a-refresh-token' };

test('a path or query that is not what its schema says is refused', async () => {
  const headers = await operator();
  const sheet = `/api/v1/classes/${CLASS_ID}/attendance-sheet`;
  const cases: [string, string][] = [
    ['readMemberCard', '/api/v1/members/not-a-uuid'],
    ['readMemberCard', '/api/v1/members/%ff'],
    ['readMemberCard', '/api/v1/members/%00'],
    ['readMemberCard', `/api/v1/members/${MEMBER_ID}?minVersion=0`],
    ['readMemberCard', `/api/v1/members/${MEMBER_ID}?minVersion=-1`],
    ['readMemberCard', `/api/v1/members/${MEMBER_ID}?minVersion=1&minVersion=2`],
    ['readMemberCard', `/api/v1/members/${MEMBER_ID}?minversion=1`],
    ['readMemberCard', `/api/v1/members/${MEMBER_ID}?__proto__=1`],
    ['listMembers', '/api/v1/members?role=owner'],
    ['listPayments', '/api/v1/payments?forMonth=2026-13'],
    ['readAttendanceSheet', sheet],
    ['readAttendanceSheet', `${sheet}?date=2026-02-30`],
    ['readAttendanceSheet', `${sheet}?date=${DATE}&size=201`],
    ['readAttendanceSheet', `${sheet}?date=${DATE}&page=0`],
    ['readAttendanceSheet', `${sheet}?date=${DATE}&sort=$where`],
    ['readAttendanceSheet', `${sheet}?date[$ne]=${DATE}`],
    ['readAttendanceSheet', `${sheet}?date=${DATE}&minVersion=2`],
    ['readStudentAttendances', `/api/v1/members/${MEMBER_ID}/attendances?from=2026-03-02&to=2026-03-01`],
    ['readAttendanceStatistic', '/api/v1/statistics/attendance?date=yesterday'],
    ['readAttendanceStatistic', '/api/v1/statistics/attendance'],
    ['readAttendanceStatistic', `/api/v1/statistics/attendance?date=${DATE}&from=${DATE}&to=${DATE}`],
    ['readAttendanceStatistic', '/api/v1/statistics/attendance?from=2025-01-01&to=2026-03-01'],
    ['readPaymentStatistic', '/api/v1/statistics/payments?from=2026-03&to=2026-02'],
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
  const [first, rewritten, other] = calls.map(({ input }) => (input[0] as { requestHash: string }).requestHash);
  assert.equal(first, rewritten);
  assert.notEqual(first, other);
});
