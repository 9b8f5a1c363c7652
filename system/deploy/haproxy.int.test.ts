// The balancer with its real configuration before small servers of the test, which tell what reached them.
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROUTES } from '../http/routes/table.ts';
import type { Instance } from '../local/balancer-config.ts';
import { type Balancer, balancerComplaints, startHaproxy } from '../local/haproxy.ts';
import { scratchDir } from '../local/parts.ts';

const configFile = join(import.meta.dirname, 'haproxy.cfg');
const scratch = await scratchDir();

/** An instance whose health and manners a test can order. */
interface Fake extends Instance {
  server: Server;
  seen: string[];
  healthy: boolean;
  healthChecks: number;
  /** Closes the connection of this many coming requests without an answer. */
  hangUps: number;
}

async function startFake(name: string): Promise<Fake> {
  const fake = { name, address: '', seen: [] as string[], healthy: true, healthChecks: 0, hangUps: 0 };
  const server = createServer(async (req, res) => {
    if (req.url === '/actuator/health') {
      fake.healthChecks++;
      res.writeHead(fake.healthy ? 200 : 503).end('{}');
      return;
    }
    fake.seen.push(`${req.method} ${req.url}`);
    await text(req);
    if (fake.hangUps > 0) {
      fake.hangUps--;
      req.socket.destroy();
      return;
    }
    res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ instance: name }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  fake.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(fake, { server });
}

let blue: [Fake, Fake];
let green: Fake;
let large: Fake;
let balancer: Balancer;
before(async () => {
  blue = [await startFake('blue-1'), await startFake('blue-2')];
  green = await startFake('green-1');
  large = await startFake('large-1');
  balancer = await startHaproxy({
    dir: scratch.dir,
    configFile,
    balanced: { pools: { blue, green: [green] }, dedicated: { large: [large] }, tenants: { 'academy-9': 'large' } },
  });
});
after(async () => {
  await balancer?.stop();
  for (const { server } of [...blue, green, large]) {
    server.closeAllConnections();
    server.close();
  }
  await scratch.remove();
});

const AUTH = { authorization: 'Bearer some.real.token' };
const GOOD = { ...AUTH, 'x-ams-tenant': 'academy-1' };
const CARD = '/api/v1/members/7';

async function call(path: string, headers: Record<string, string> = GOOD, init: RequestInit = {}) {
  const answer = await fetch(balancer.url + path, { headers, ...init });
  const body = (await answer.json()) as {
    instance?: string;
    error?: { code: string; message: string; timestamp: string };
  };
  return { status: answer.status, type: answer.headers.get('content-type'), ...body };
}

const everybody = () => [...blue, green, large];
const seenByAll = () => everybody().flatMap(({ seen }) => seen).length;

test('HAProxy itself has nothing against the configuration, not even a warning', async () => {
  const balanced = { pools: { blue, green: [green] }, dedicated: { large: [large] } };
  assert.deepEqual(await balancerComplaints({ configFile, balanced }), []);
});

test('requests go round robin, request by request over one connection, and none to the pool without weight', async () => {
  for (let n = 0; n < 20; n++) assert.equal((await call(CARD)).status, 200);
  assert.deepEqual(
    everybody().map(({ seen }) => seen.length),
    [10, 10, 0, 0],
  );
});

const refused: [what: string, headers: Record<string, string>, status: number, code: string, path?: string][] = [
  ['no Authorization header', { 'x-ams-tenant': 'academy-1' }, 401, 'auth.missing'],
  ['a scheme that is not Bearer', { ...GOOD, authorization: 'Basic abc' }, 401, 'auth.missing'],
  ['a bearer without a token', { ...GOOD, authorization: 'Bearer ' }, 401, 'auth.missing'],
  ['no tenant', AUTH, 400, 'tenant.missing'],
  ['a tenant with a slash', { ...AUTH, 'x-ams-tenant': '../x' }, 400, 'request.invalid'],
  ['two tenants', { ...AUTH, 'x-ams-tenant': 'academy-1, academy-2' }, 400, 'request.invalid'],
  ['a tenant of 101 characters', { ...AUTH, 'x-ams-tenant': 'a'.repeat(101) }, 400, 'request.invalid'],
  ['metrics of some instance', GOOD, 404, 'route.unknown', '/metrics'],
  ['a profile of some instance', GOOD, 404, 'route.unknown', '/debug/heap'],
];
for (const [what, headers, status, code, path] of refused) {
  test(`${what} is answered with ${status} ${code} in the envelope, and no instance sees it`, async () => {
    const before = seenByAll();
    const answer = await call(path ?? CARD, headers);
    assert.deepEqual([answer.status, answer.type, answer.error!.code], [status, 'application/json', code]);
    assert.ok(answer.error!.message.length > 10);
    assert.ok(Math.abs(Date.parse(answer.error!.timestamp) - Date.now()) < 60_000, answer.error!.timestamp);
    assert.match(answer.error!.timestamp, /Z$/);
    assert.equal(seenByAll(), before);
  });
}

test('a body beyond 64 KiB is answered with 413, one of exactly 64 KiB goes through', async () => {
  const post = (bytes: number) => call(CARD, GOOD, { method: 'POST', body: 'x'.repeat(bytes) });
  const before = seenByAll();
  const large = await post(65_537);
  assert.deepEqual([large.status, large.error!.code], [413, 'request.too-large']);
  assert.equal(seenByAll(), before);
  assert.equal((await post(65_536)).status, 200);
});

test('every route that is open to everybody is reached without a token, and no other one is', async () => {
  const tenant = { 'x-ams-tenant': 'academy-1' };
  assert.ok(ROUTES.some(({ open }) => open));
  for (const { method, template, open } of ROUTES.filter((route) => route.template.startsWith('/api/v1/'))) {
    const path = template.replaceAll(/:\w+/g, '7');
    assert.equal((await call(path, tenant, { method })).status, open ? 200 : 401, `${method} ${template}`);
    assert.equal((await call(path, GOOD, { method })).status, 200, `${method} ${template}`);
  }
  assert.equal((await call('/api/v1/openapi.json', {})).status, 200);
  assert.equal((await call('/actuator/health/readiness', {})).status, 200);
});

test("a tenant with a pool of its own goes there, and to everybody's pool while its own is away", async () => {
  const ninth = { ...AUTH, 'x-ams-tenant': 'academy-9' };
  for (let n = 0; n < 4; n++) assert.equal((await call(CARD, ninth)).instance, 'large-1');
  const before = large.seen.length;
  await runtime('set server large/large-1 state maint');
  assert.match((await call(CARD, ninth)).instance!, /^blue/);
  await runtime('set server large/large-1 state ready');
  assert.equal(large.seen.length, before);
});

test('a query that an instance took and did not answer is asked again elsewhere; a command only when it has a key', async () => {
  const attempt = async (method: string, headers: Record<string, string>) => {
    const before = seenByAll();
    blue[0].hangUps = 1;
    // Round robin brings one of two requests to the instance that hangs up.
    const failed: number[] = [];
    for (let n = 0; n < 2; n++) {
      const status = await call(CARD, headers, { method }).then(
        (answer) => answer.status,
        () => 0,
      );
      if (status !== 200) failed.push(status);
    }
    blue[0].hangUps = 0;
    return { failed: failed.length, sent: seenByAll() - before };
  };
  assert.deepEqual(await attempt('GET', GOOD), { failed: 0, sent: 3 });
  assert.deepEqual(await attempt('POST', { ...GOOD, 'idempotency-key': 'k1' }), { failed: 0, sent: 3 });
  assert.deepEqual(await attempt('POST', GOOD), { failed: 1, sent: 2 });
});

test('an error of the balancer itself has the envelope', async () => {
  const servers = ['blue-1', 'blue-2', 'green-1'].flatMap((name) => [`api/${name}`, `any/${name}`]);
  for (const server of servers) await runtime(`set server ${server} state maint`);
  const { status, type, error } = await call(CARD);
  for (const server of servers) await runtime(`set server ${server} state ready`);
  assert.deepEqual([status, type, error!.code], [503, 'application/json', 'part.unavailable']);
  assert.equal((await call(CARD)).status, 200);
});

test('what is no HTTP ends with 400, not with a closed connection', async () => {
  const port = Number(new URL(balancer.url).port);
  const socket = connect(port, '127.0.0.1', () => socket.end('GARBAGE\r\n\r\n'));
  assert.match(await text(socket), /^HTTP\/1\.\d 400 /);
});

test('an instance that answers its health check with 503 three times is out, and in again when it is well', async () => {
  blue[1].healthy = false;
  await until(async () => (await stateOf('api/blue-2')).startsWith('DOWN'));
  const before = blue[1].seen.length;
  for (let n = 0; n < 6; n++) assert.equal((await call(CARD)).instance, 'blue-1');
  assert.equal(blue[1].seen.length, before);
  blue[1].healthy = true;
  await until(async () => (await stateOf('api/blue-2')).startsWith('UP'));
});

test('a refused connection is tried at another instance at once, and five of them count as failed checks', async () => {
  const port = Number(blue[1].address.split(':')[1]);
  blue[1].server.closeAllConnections();
  await new Promise((resolve) => blue[1].server.close(resolve));
  const statuses = new Set<number>();
  await until(async () => {
    statuses.add((await call(CARD, GOOD, { method: 'POST' })).status);
    return (await stateOf('api/blue-2')).startsWith('DOWN');
  });
  assert.deepEqual([...statuses], [200]);
  await new Promise<void>((resolve) => blue[1].server.listen(port, '127.0.0.1', resolve));
  await until(async () => (await stateOf('api/blue-2')).startsWith('UP'));
});

test('when no instance is healthy they are asked nevertheless: a part that all need is away, not the instances', async () => {
  for (const one of [...blue, green]) one.healthy = false;
  await until(async () => (await stateOf('api/BACKEND')).startsWith('DOWN'));
  assert.equal((await call(CARD)).status, 200);
  for (const one of [...blue, green]) one.healthy = true;
  await until(async () => (await stateOf('api/blue-1')).startsWith('UP'));
});

test('the exporter counts by server, and tells the weight that splits a release', async () => {
  const metrics = await (await fetch(`${balancer.operatorsUrl}/metrics`)).text();
  assert.match(metrics, /^haproxy_server_http_responses_total\{proxy="api",server="blue-1",code="2xx"\} [1-9]/m);
  assert.match(metrics, /^haproxy_server_weight\{proxy="api",server="green-1"\} 0$/m);
  const release = await (await fetch(`${balancer.operatorsUrl}/release`)).json();
  assert.deepEqual(release, { live: 'blue', before: 'none' });
});

/** One command to the runtime socket. */
async function runtime(command: string): Promise<string> {
  const socket = connect(balancer.socket, () => socket.end(`${command}\n`));
  return text(socket);
}

async function stateOf(server: string): Promise<string> {
  const rows = (await runtime('show stat')).split('\n').map((line) => line.split(','));
  const status = rows[0]!.indexOf('status');
  return rows.find(([proxy, name]) => `${proxy}/${name}` === server)![status]!;
}

/** A minute is far beyond any busy machine and only keeps a broken build from hanging. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const endsAtMs = performance.now() + 60_000;
  while (!(await holds())) {
    assert.ok(performance.now() < endsAtMs, `never came true: ${holds}`);
    await sleep(50);
  }
}
