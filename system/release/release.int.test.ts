// Two real versions of the API behind a real HAProxy under a steady load: every move of a release, and an instance that ends.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { silent } from '../../cli/progress.ts';
import { scratchDir } from '../local/parts.ts';
import { type Running, runHook, startService } from '../local/service.ts';
import { readService } from '../local/service-spec.ts';
import { freshParts, type TestParts } from '../local/testing.ts';
import { command } from './command.ts';
import { type LiveServer, openRuntime, type Runtime } from './runtime.ts';

const checkout = join(import.meta.dirname, '..', '..');
const ID = randomUUID();
const CLIENTS = 6;
const scratch = await scratchDir();

let parts: TestParts;
let running: Running;
let runtime: Runtime;
let headers: Record<string, string>;
before(async () => {
  const spec = await readService(join(checkout, 'system/service.yaml'));
  parts = await freshParts(['postgres', 'mongodb', 'redis']);
  const env = { LOG_LEVEL: 'warn', BUILD_VERSION: '1.0.0', ...spec.closedLoopEnv };
  const options = { checkout, parts: { urls: parts.urls, list: parts.own.list }, env };
  await runHook(spec, 'prepare', options);
  const people = [{ tenant: 'academy-1', role: 'manager', subject: 'm' }];
  headers = JSON.parse((await runHook(spec, 'identities', { ...options, stdin: JSON.stringify(people) }))!)[0];
  const green = { instances: 2, env: { BUILD_VERSION: '2.0.0' } };
  running = await startService(spec, { ...options, dir: scratch.dir, instances: { api: 2 }, green });
  runtime = await openRuntime(running.balancer!.socket);
  const body = JSON.stringify({ id: ID, name: 'Kim Minji', role: 'student' });
  assert.equal((await send('POST', '/api/v1/members', body)).status, 201);
  assert.equal((await send('GET', `/api/v1/members/${ID}?minVersion=1`)).status, 200);
});
after(async () => {
  await running?.stop();
  await parts?.close();
  await scratch.remove();
});

const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
after(() => agent.destroy());

function send(method: string, path: string, body?: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve) => {
    const own = body ? { 'content-type': 'application/json', 'idempotency-key': randomUUID() } : {};
    const asking = request(running.baseUrl + path, { method, agent, headers: { ...headers, ...own } }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => (text += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode!, body: text }));
      answer.on('error', (error) => resolve({ status: 0, body: error.message }));
    });
    asking.on('error', (error) => resolve({ status: 0, body: error.message }));
    asking.end(body);
  });
}

/** Some clients that ask again and again, reads and now and then a command, until `stop`, which tells what failed. */
function startLoad() {
  const failed: string[] = [];
  const seen = { answered: 0 };
  let stopping = false;
  const client = async (n: number) => {
    for (let i = 0; !stopping; i++) {
      const isCommand = (i + n) % 5 === 0;
      const name = JSON.stringify({ id: randomUUID(), name: `Member ${n}-${i}`, role: 'student' });
      const answer = await (isCommand ? send('POST', '/api/v1/members', name) : send('GET', `/api/v1/members/${ID}`));
      if (answer.status >= 200 && answer.status < 300) seen.answered++;
      else failed.push(`${isCommand ? 'POST' : 'GET'} ${answer.status} ${answer.body.slice(0, 200)}`);
      // A light load: the machine is shared.
      await sleep(2);
    }
  };
  const clients = Array.from({ length: CLIENTS }, (_, n) => client(n));
  return {
    /** Resolves when so many more have been answered. */
    async more(count: number) {
      const until = seen.answered + count;
      while (seen.answered < until && failed.length === 0) await sleep(10);
    },
    async stop() {
      stopping = true;
      await Promise.all(clients);
      return { failed, answered: seen.answered };
    },
  };
}

const release = async (words: string[], options: Record<string, string> = {}) =>
  command.run({
    words,
    options: { drain: '30', socket: running.balancer!.socket, ...options },
    json: false,
    progress: silent,
    signal: new AbortController().signal,
  });

/** What was sent before a shift is still answered by the old pool. */
const UNDER_WAY = CLIENTS / 200;

const answersOf = (servers: LiveServer[], pool: string) =>
  servers.reduce((sum, one) => sum + (one.pool === pool ? one.answers : 0), 0);

/** Share of green among the answers to so many requests, by the balancer's own count. */
async function shareOfGreen(load: ReturnType<typeof startLoad>, requests: number) {
  const before = await runtime.servers();
  await load.more(requests);
  const after = await runtime.servers();
  const [blue, green] = ['blue', 'green'].map((pool) => answersOf(after, pool) - answersOf(before, pool));
  return { share: green! / (blue! + green!), count: blue! + green! };
}

test('a canary gets its share within binomial bounds, blue-green moves everything, back returns, and no request fails', async (t) => {
  const load = startLoad();
  t.after(load.stop);
  assert.equal((await shareOfGreen(load, 200)).share, 0);

  await release(['canary'], { to: '10' });
  const canary = await shareOfGreen(load, 1000);
  const bound = 4 * Math.sqrt((0.1 * 0.9) / canary.count);
  assert.ok(Math.abs(canary.share - 0.1) < bound, `${canary.share} of ${canary.count}, bound ${bound}`);

  await release(['blue-green']);
  assert.equal((await shareOfGreen(load, 300)).share, 1);
  assert.deepEqual(await runtime.state(), { live: 'green', before: 'blue' });

  await release(['back']);
  assert.ok((await shareOfGreen(load, 300)).share < UNDER_WAY);
  assert.deepEqual(await runtime.state(), { live: 'blue', before: 'none' });

  await release(['canary'], { to: '50' });
  await load.more(100);
  await release(['back']);
  assert.ok((await shareOfGreen(load, 200)).share < UNDER_WAY);
  const { failed, answered } = await load.stop();
  assert.deepEqual(failed, []);
  assert.ok(answered > 2000);
});

test('status tells version, weight and answers of each pool', async () => {
  await release(['canary'], { to: '25' });
  const load = startLoad();
  const { text, data } = await release(['status']);
  await load.stop();
  await release(['back']);
  const { pools, live } = data as {
    live: string;
    pools: { pool: string; versions: string[]; shareByWeight: number; shareAnswered: number }[];
  };
  assert.equal(live, 'blue');
  assert.deepEqual(
    pools.map(({ pool, versions, shareByWeight }) => [pool, versions, shareByWeight.toFixed(2)]),
    [
      ['blue', ['1.0.0'], '0.75'],
      ['green', ['2.0.0'], '0.25'],
    ],
  );
  const answered = pools[1]!.shareAnswered;
  assert.ok(answered > 0.1 && answered < 0.4, `${answered}`);
  assert.match(text, /green +2\.0\.0 +25\.\d %/);
});

test('the split by version is in the metrics: those of the balancer by server, joined with the build of each instance', async () => {
  const metrics = await (await fetch(`${running.balancer!.operatorsUrl}/metrics`)).text();
  for (const server of ['blue-1', 'blue-2', 'green-1', 'green-2']) {
    assert.match(
      metrics,
      new RegExp(`^haproxy_server_http_responses_total\\{proxy="api",server="${server}",code="2xx"\\} [1-9]`, 'm'),
    );
  }
});

const mistakes: [words: string[], options: Record<string, string>, code: string, message: RegExp][] = [
  [['canary'], {}, 'usage', /--to must be a positive number/],
  [['canary'], { to: '0' }, 'usage', /--to/],
  [['canary'], { to: '100' }, 'usage', /leaves nothing/],
  [['canary'], { to: 'ten' }, 'usage', /"ten"/],
  [['bluegreen'], {}, 'usage', /bluegreen/],
  [[], {}, 'usage', /not known/],
  [['status'], { to: '10' }, 'usage', /belongs to canary/],
  [['back'], {}, 'release.nothing-before', /no release to go back from/],
  [['status'], { socket: '/nowhere/at.all' }, 'release.no-balancer', /no such socket/],
  [['status'], { socket: '127.0.0.1:1' }, 'release.no-balancer', /127\.0\.0\.1:1/],
];
for (const [words, options, code, message] of mistakes) {
  test(`"release ${words.join(' ')}" with ${JSON.stringify(options)} is refused and shifts nothing`, async () => {
    const before = (await runtime.servers()).map(({ weight }) => weight);
    await assert.rejects(release(words, options), (error: Error & { code: string }) => {
      assert.equal(error.code, code);
      assert.match(error.message, message);
      return true;
    });
    assert.deepEqual(
      (await runtime.servers()).map(({ weight }) => weight),
      before,
    );
  });
}

test('an instance that is told to end under load ends, and no request fails', async (t) => {
  const load = startLoad();
  t.after(load.stop);
  await load.more(200);
  running.kill('api-blue-2', 'SIGTERM');
  await until(() => running.ended().some((how) => how.includes('api-blue-2')));
  await load.more(200);
  await running.restart('api-blue-2');
  await until(async () => (await runtime.servers()).find(({ name }) => name === 'blue-2')!.status === 'UP');
  await load.more(100);
  const { failed } = await load.stop();
  assert.deepEqual(failed, []);
});

test('a pool whose instances are down is refused, and the traffic stays', async () => {
  for (const n of [1, 2]) running.kill(`api-green-${n}`, 'SIGKILL');
  await until(async () => (await runtime.servers()).every(({ pool, isUp }) => pool === 'blue' || !isUp));
  await assert.rejects(release(['blue-green']), { code: 'release.pool-down' });
  assert.equal((await runtime.state()).live, 'blue');
  assert.equal((await send('GET', `/api/v1/members/${ID}`)).status, 200);
});

/** A minute is far beyond any busy machine and only keeps a broken build from hanging. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const endsAtMs = performance.now() + 60_000;
  while (!(await holds())) {
    assert.ok(performance.now() < endsAtMs, `never came true: ${holds}`);
    await sleep(20);
  }
}
