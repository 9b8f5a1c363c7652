// Every use case on the real processes and parts: the answers are what the OpenAPI document says, the reads show what the
// commands did, and nothing of it is seen by another academy.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { scratchDir } from '../local/parts.ts';
import { type Running, runHook, startService } from '../local/service.ts';
import { readService } from '../local/service-spec.ts';
import { freshParts, type TestParts } from '../local/testing.ts';
import { ROUTES } from './routes/table.ts';
import { type Answer, asDocumented } from './testing.ts';

type Sent = Record<string, string>;
const checkout = join(import.meta.dirname, '..', '..');
const DATE = '2026-03-02';
const NAME = 'Kim Minseo';

let parts: TestParts;
let scratch: Awaited<ReturnType<typeof scratchDir>>;
let running: Running;
let provider: Server;
/** Codes that the provider of SMS was given, by phone. */
const codes = new Map<string, string>();
let manager: Sent;
let stranger: Sent;
let operator: Sent;

before(async () => {
  provider = createServer(async (req, res) => {
    let text = '';
    for await (const chunk of req) text += chunk;
    const { phone, code } = JSON.parse(text);
    codes.set(phone, code);
    res.end(JSON.stringify({ id: req.headers['idempotency-key'] }));
  });
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  const spec = await readService(join(checkout, 'system/service.yaml'));
  parts = await freshParts(['postgres', 'mongodb', 'redis']);
  scratch = await scratchDir();
  const env = {
    READ_WAIT_MS: '20000',
    REDIS_COMMAND_MS: '2000',
    PHONE_VERIFICATION_URL: `http://127.0.0.1:${(provider.address() as AddressInfo).port}/codes`,
    LIMIT_GENERAL_PER_MINUTE: '100000',
  };
  const options = { checkout, parts: { urls: parts.urls, list: [] }, env };
  await runHook(spec, 'prepare', options);
  const people = [
    { tenant: 'academy-1', role: 'manager', subject: 'manager-1' },
    { tenant: 'academy-2', role: 'manager', subject: 'manager-2' },
    { tenant: '*', role: 'super_admin', subject: 'operator-1' },
  ];
  const headers = JSON.parse((await runHook(spec, 'identities', { ...options, stdin: JSON.stringify(people) }))!);
  [manager, stranger, operator] = headers as [Sent, Sent, Sent];
  running = await startService(spec, { ...options, dir: scratch.dir });
});
after(async () => {
  await running?.stop();
  await parts?.close();
  await scratch?.remove();
  provider?.close();
  provider?.closeAllConnections();
});

/** Asks a use case and holds the answer against what the OpenAPI document says of it. */
async function ask(useCase: string, path: string, as: Sent, body?: unknown, more: Sent = {}): Promise<Answer> {
  const route = ROUTES.find((one) => one.useCase === useCase)!;
  const response = await fetch(`${running.baseUrl}/api/v1${path}`, {
    method: route.method,
    headers: {
      ...as,
      ...(route.kind === 'command' && { 'idempotency-key': randomUUID() }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...more,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const answer = { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : {} };
  asDocumented(route, answer);
  return answer;
}

async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  const endsAtMs = performance.now() + 60_000;
  while (!(await holds())) {
    assert.ok(performance.now() < endsAtMs, `never came true: ${what}`);
    await sleep(50);
  }
}

/** What one academy does and asks in a month: use case, path, body; for a question the text that shows the month. */
function monthOf(ids: Record<'student' | 'parent' | 'teacher' | 'aClass' | 'enrolment' | 'payment', string>) {
  const [attendance, checkedIn] = [randomUUID(), randomUUID()];
  const { student, parent, teacher, aClass, enrolment, payment } = ids;
  const algebra = { name: 'Algebra', teacherId: teacher, capacity: 2, schedule: [] };
  const schedule = [{ weekday: 1, startsAt: '17:00', endsAt: '18:30' }];
  const commands: [string, string, unknown?][] = [
    ['enrolMember', '/members', { id: parent, name: 'Kim Ara', role: 'parent' }],
    ['enrolMember', '/members', { id: student, name: 'Kim Minji', role: 'student', guardianId: parent }],
    ['renameMember', `/members/${student}`, { name: NAME }],
    ['createClass', '/classes', { id: aClass, ...algebra }],
    ['updateClass', `/classes/${aClass}`, { schedule }],
    ['enrolStudent', '/enrolments', { id: enrolment, classId: aClass, studentId: student }],
    ['requestAttendance', '/attendances', { id: attendance, classId: aClass, studentId: student, date: DATE }],
    ['confirmAttendance', `/attendances/${attendance}/confirmation`, { mark: 'present' }],
    [
      'checkIn',
      `/classes/${aClass}/check-ins`,
      { date: DATE, entries: [{ id: checkedIn, studentId: student, mark: 'late' }] },
    ],
    [
      'recordPayment',
      '/payments',
      { id: payment, studentId: student, amountWon: 250_000, method: 'card', forMonth: '2026-03' },
    ],
    ['refundPayment', `/payments/${payment}/refund`, { reason: 'moved away' }],
  ];
  const queries: [string, string, string][] = [
    ['readMemberCard', `/members/${student}`, NAME],
    ['listMembers', '/members?role=student', NAME],
    ['readClassCard', `/classes/${aClass}`, '18:30'],
    ['listClasses', '/classes', '18:30'],
    ['readClassRoster', `/classes/${aClass}/roster`, NAME],
    ['readAttendanceSheet', `/classes/${aClass}/attendance-sheet?date=${DATE}`, checkedIn],
    ['readStudentAttendances', `/members/${student}/attendances`, checkedIn],
    ['listPayments', `/payments?studentId=${student}`, 'moved away'],
    ['readReceipt', `/payments/${payment}/receipt`, 'moved away'],
    ['readAttendanceStatistic', `/statistics/attendance?date=${DATE}`, '"late":1'],
    ['readAttendanceStatistic', `/statistics/attendance?from=${DATE}&to=${DATE}&by=class`, '"late":1'],
    ['readAttendanceStatistic', `/statistics/attendance?from=${DATE}&to=${DATE}&by=teacher`, teacher],
    ['readPaymentStatistic', '/statistics/payments?from=2026-03&to=2026-03', '250000'],
  ];
  return { commands, queries };
}

const ids = {
  student: randomUUID(),
  parent: randomUUID(),
  teacher: randomUUID(),
  aClass: randomUUID(),
  enrolment: randomUUID(),
  payment: randomUUID(),
};
const month = monthOf(ids);

test('every command answers as the OpenAPI document says', async () => {
  for (const [useCase, path, body] of month.commands) {
    const { status, body: answer } = await ask(useCase, path, manager, body);
    assert.ok(status < 300, `${useCase}: ${status} ${JSON.stringify(answer)}`);
  }
});

test('every query answers as the document says, and shows in a while what the commands did', async () => {
  for (const [useCase, path, shows] of month.queries) {
    await until(
      async () => JSON.stringify((await ask(useCase, path, manager)).body.data ?? '').includes(shows),
      `${path} shows ${shows}`,
    );
  }
});

test('another academy sees nothing of it under any route and can change none of it; an operator sees what they choose', async () => {
  const known = [...Object.values(ids), NAME, 'Algebra', 'moved away', '250000'];
  const elsewhere = { ...operator, 'x-ams-tenant': 'academy-2' };
  for (const as of [stranger, elsewhere]) {
    for (const [useCase, path] of month.queries) {
      const { status, body } = await ask(useCase, path, as);
      assert.ok(status === 200 || status === 404, `${path}: ${status}`);
      const text = JSON.stringify(body);
      for (const word of known) assert.ok(!text.includes(word), `${path} shows ${word}`);
    }
    for (const [useCase, path, body] of month.commands.filter(([, path]) => /\/[\da-f-]{36}/.test(path))) {
      if (useCase === 'checkIn') continue; // its class is not looked up: it makes attendances of the other academy's own
      const { status } = await ask(useCase, path, as, body);
      assert.equal(status, 404, `${useCase} ${path}`);
    }
  }
  const mixed = { ...manager, 'x-ams-tenant': 'academy-2' };
  for (const [useCase, path] of month.queries) {
    assert.equal((await ask(useCase, path, mixed)).body.error?.code, 'tenant.mismatch', path);
  }
  const here = { ...operator, 'x-ams-tenant': 'academy-1' };
  const [useCase, path, shows] = month.queries[0]!;
  assert.ok(JSON.stringify((await ask(useCase, path, here)).body.data).includes(shows));
});

test('a student who leaves a class is off its roster, and the answer to that is empty', async () => {
  const left = await ask('withdrawStudent', `/enrolments/${ids.enrolment}`, manager);
  assert.deepEqual([left.status, left.body, left.headers.get('etag')], [204, {}, 'W/"2"']);
  const roster = async () => (await ask('readClassRoster', `/classes/${ids.aClass}/roster`, manager)).body.meta?.total;
  await until(async () => (await roster()) === 0, 'the roster is empty');
});

const account = {
  id: randomUUID(),
  memberId: ids.student,
  signInName: 'minseo',
  password: 'correct horse battery',
  role: 'student',
  phone: '010-1234-5678',
};
const signIn = (password: string, signInName = account.signInName) =>
  ask('signIn', '/sign-ins', { 'x-ams-tenant': 'academy-1' }, { signInName, password });
const refresh = (refreshToken: unknown) =>
  ask('refreshTokens', '/token-refreshes', { 'x-ams-tenant': 'academy-1' }, { refreshToken });
const bearer = (token: unknown) => ({ authorization: `Bearer ${token}`, 'x-ams-tenant': 'academy-1' });
type Session = { accessToken: string; refreshToken: string };

test('whoever has an account signs in under their own role, sees their own, and refreshes while they are not signed out', async () => {
  const made = await ask('createAccount', '/accounts', manager, account);
  assert.equal(made.status, 201);
  assert.ok(!JSON.stringify(made.body).includes('horse'));
  assert.equal((await ask('createAccount', '/accounts', manager, account)).status, 201, 'a repeated request');
  const other = { ...account, id: randomUUID() };
  assert.equal((await ask('createAccount', '/accounts', manager, other)).body.error?.code, 'account.exists');
  const promoted = { ...account, id: randomUUID(), signInName: 'root', role: 'super_admin' };
  assert.equal((await ask('createAccount', '/accounts', manager, promoted)).body.error?.code, 'role.forbidden');

  assert.equal((await signIn('wrong horse battery')).body.error?.code, 'sign-in.refused');
  assert.equal((await signIn(account.password, 'nobody')).body.error?.code, 'sign-in.refused');
  const first = (await signIn(account.password, 'MINSEO')).body.data as Session;
  const mine = await ask('listPayments', `/payments?studentId=${ids.student}`, bearer(first.accessToken));
  assert.equal(mine.status, 200);
  const others = await ask('listPayments', `/payments?studentId=${ids.parent}`, bearer(first.accessToken));
  assert.equal(others.body.error?.code, 'role.forbidden');

  const second = (await refresh(first.refreshToken)).body.data as Session;
  assert.equal((await ask('readMemberCard', `/members/${ids.student}`, bearer(second.accessToken))).status, 200);
  const out = { 'x-ams-refresh-token': second.refreshToken };
  assert.equal((await ask('signOut', '/sessions/current', bearer(second.accessToken), undefined, out)).status, 204);
  assert.equal((await refresh(second.refreshToken)).body.error?.code, 'session.ended');
});

test('a refresh whose answer was lost may be repeated; an older token ends the session for everybody', async () => {
  const first = (await signIn(account.password)).body.data as Session;
  const second = (await refresh(first.refreshToken)).body.data as Session;
  const again = (await refresh(first.refreshToken)).body.data as Session;
  assert.equal(again.refreshToken, second.refreshToken);
  const third = (await refresh(second.refreshToken)).body.data as Session;
  assert.equal((await refresh(first.refreshToken)).body.error?.code, 'session.ended');
  assert.equal((await refresh(third.refreshToken)).body.error?.code, 'session.ended');
});

test('a session is refreshed as often as one may sign in, whatever tenant is named', async () => {
  let { refreshToken } = (await signIn(account.password)).body.data as Session;
  for (let time = 0; time < 5; time++) {
    refreshToken = ((await refresh(refreshToken)).body.data as Session).refreshToken;
  }
  for (const tenant of ['academy-1', 'academy-2']) {
    const sixth = await ask('refreshTokens', '/token-refreshes', { 'x-ams-tenant': tenant }, { refreshToken });
    assert.deepEqual([sixth.status, sixth.body.error?.code], [429, 'rate.limited']);
    assert.ok(Number(sixth.headers.get('retry-after')) > 0);
  }
});

test('attempts to sign in under one name are limited, under others not', async () => {
  const answers = [];
  for (let attempt = 0; attempt < 6; attempt++) answers.push(await signIn('wrong horse battery', 'somebody'));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [401, 401, 401, 401, 401, 429],
  );
  const retryAfter = Number(answers[5]!.headers.get('retry-after'));
  assert.ok(retryAfter > 0 && retryAfter <= 61, String(retryAfter));
  assert.equal((await signIn('wrong horse battery', 'somebody-else')).status, 401);
});

test('a phone number is verified by the code that was sent to it, and by no other', async () => {
  const { accessToken } = (await signIn(account.password)).body.data as Session;
  const as = bearer(accessToken);
  const asked = await ask('requestPhoneVerification', '/phone-verifications', as, { phone: account.phone });
  assert.equal(asked.status, 202);
  const { id } = asked.body.data as { id: string };
  await until(async () => codes.has(account.phone), 'the provider has the code');
  const right = codes.get(account.phone)!;
  const wrong = right === '000000' ? '000001' : '000000';
  const confirm = (code: string, who = as) =>
    ask('confirmPhoneVerification', `/phone-verifications/${id}/confirmation`, who, { code });
  assert.equal((await confirm(wrong)).body.error?.code, 'verification.wrong');
  const confirmed = await confirm(right);
  assert.deepEqual([confirmed.status, (confirmed.body.data as { phone: string }).phone], [200, '***-****-5678']);
  assert.equal((await confirm(right)).body.error?.code, 'verification.unknown', 'it is used up');
  for (let n = 0; n < 2; n++) {
    assert.equal(
      (await ask('requestPhoneVerification', '/phone-verifications', as, { phone: '010-1' + '000000' })).status,
      202,
    );
  }
  const fourth = await ask('requestPhoneVerification', '/phone-verifications', as, { phone: account.phone });
  assert.equal(fourth.body.error?.code, 'rate.limited');
});

test('a super admin verifies the phone of their own account, which is of no tenant, whichever one they look at', async () => {
  const root = { ...account, id: randomUUID(), memberId: undefined, signInName: 'root', role: 'super_admin' };
  const here = { ...operator, 'x-ams-tenant': 'academy-1' };
  assert.equal((await ask('createAccount', '/accounts', here, root)).status, 201);
  const credentials = { signInName: root.signInName, password: root.password };
  const signedIn = await ask('signIn', '/sign-ins', { 'x-ams-tenant': '*' }, credentials);
  assert.equal(signedIn.status, 200, JSON.stringify(signedIn.body));
  const { accessToken } = signedIn.body.data as Session;
  const about = (tenant: string) => ({ ...bearer(accessToken), 'x-ams-tenant': tenant });
  const phone = '010-2222-3333';
  const asked = await ask('requestPhoneVerification', '/phone-verifications', about('academy-1'), { phone });
  assert.equal(asked.status, 202, JSON.stringify(asked.body));
  await until(async () => codes.has(phone), 'the provider has the code');
  const path = `/phone-verifications/${(asked.body.data as { id: string }).id}/confirmation`;
  const confirm = (as: Sent) => ask('confirmPhoneVerification', path, as, { code: codes.get(phone) });
  assert.equal((await confirm(about('academy-2'))).status, 200);

  // The code is not for an academy's account, and a token that stands for no account has no phone.
  const again = await ask('requestPhoneVerification', '/phone-verifications', here, { phone: '010-4444-5555' });
  await until(async () => codes.has('010-4444-5555'), 'the provider has the second code');
  const other = `/phone-verifications/${(again.body.data as { id: string }).id}/confirmation`;
  const nobody = await ask('confirmPhoneVerification', other, here, { code: codes.get('010-4444-5555') });
  assert.deepEqual([nobody.status, nobody.body.error?.code], [404, 'account.unknown']);
});
