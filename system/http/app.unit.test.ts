import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { AmsError } from '../errors.ts';
import { ROUTES } from './routes/table.ts';
import { type Answer, baseUrl, calls, failWith, health, lines, refusedWith, reset, send, startApp } from './testing.ts';
import { headersOf, MEMBER_ID } from './testing-requests.ts';

const TENANT = 'academy-1';
let close: () => Promise<void>;
before(async () => {
  close = await startApp();
});
after(() => close());
beforeEach(reset);

const routeOf = (useCase: string) => ROUTES.find((route) => route.useCase === useCase)!;

test('an AmsError becomes its status and code; anything else becomes 500 and says nothing of itself', async () => {
  const headers = await headersOf('super_admin', TENANT);
  for (const route of ROUTES) {
    failWith(new AmsError('part.unavailable'));
    const away = await send(route, headers);
    assert.deepEqual([away.status, away.body.error?.code], [500, 'part.unavailable'], route.useCase);
    failWith(new Error('relation "secret_table" does not exist'));
    const failed = await send(route, headers);
    assert.deepEqual([failed.status, failed.body.error?.code], [500, 'server.failed'], route.useCase);
    assert.ok(!JSON.stringify(failed.body).includes('secret_table'), route.useCase);
    // The line is written when the connection is done with the answer, which the caller may see first.
    const isLogged = () => JSON.stringify(lines).includes('secret_table');
    for (let tries = 0; tries < 10_000 && !isLogged(); tries++) await sleep(1);
    assert.ok(isLogged(), 'the log knows the cause');
    reset();
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
    ['GET', '/api/v1/members/'],
    ['PUT', '/api/v1/members'],
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

test('a stopping process is not ready, and closes each connection with its answer, in order', async () => {
  const headers = await headersOf('manager', TENANT);
  const route = routeOf('readMemberCard');
  assert.equal((await send(route, headers)).headers.get('connection'), 'keep-alive');
  health.stopping();
  assert.equal((await fetch(`${baseUrl}/actuator/health`)).status, 503);
  const last = await send(route, headers);
  assert.deepEqual([last.status, last.headers.get('connection')], [200, 'close']);
  failWith(new AmsError('part.unavailable'));
  assert.equal((await send(route, headers)).headers.get('connection'), 'close');
});

test('a caller who goes away in the middle of a body leaves one line, 499, and nothing reaches a service', async () => {
  const { authorization, 'x-ams-tenant': tenant } = await headersOf('manager', TENANT);
  const { port } = new URL(baseUrl);
  const socket = connect(Number(port), '127.0.0.1');
  const head = [
    'POST /api/v1/members HTTP/1.1',
    'Host: x',
    `Authorization: ${authorization}`,
    `X-AMS-Tenant: ${tenant}`,
  ];
  head.push('Idempotency-Key: k', 'Content-Type: application/json', 'Content-Length: 100', '', '{"id":');
  socket.write(head.join('\r\n'));
  await sleep(50);
  socket.destroy();
  for (let tries = 0; tries < 10_000 && lines.length === 0; tries++) await sleep(1);
  assert.equal(lines.length, 1);
  assert.equal((lines[0]!.detail as { status: number }).status, 499);
  assert.equal(calls.length, 0);
});
