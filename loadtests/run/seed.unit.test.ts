import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { Call } from '../workload/plan.ts';
import { seedService } from './seed.ts';

const calls: Call[] = Array.from({ length: 40 }, (_, n) => ({
  step: 'enrol',
  method: 'POST',
  path: `/members/${n}`,
  identity: n % 2,
  key: `k${n}`,
  body: JSON.stringify({ n }),
  aggregateId: `m${n}`,
}));
const headers = [{ authorization: 'zero' }, { authorization: 'one' }];

async function withServer<T>(
  answer: (request: IncomingMessage, body: string) => number,
  use: (baseUrl: string) => Promise<T>,
): Promise<T> {
  const server = createServer(async (request, response) => {
    response.statusCode = answer(request, await text(request));
    response.setHeader('ETag', 'W/"3"');
    setTimeout(() => response.end('{"why":"because"}'), 5);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('every call is sent once, with the headers of its identity, its key and its body', async () => {
  const seen: string[] = [];
  const { acknowledged } = await withServer(
    (request, body) => {
      seen.push(`${request.url} ${request.headers.authorization} ${request.headers['idempotency-key']} ${body}`);
      return 201;
    },
    (baseUrl) => seedService(baseUrl, headers, calls, { concurrency: 4 }),
  );
  assert.equal(seen.length, 40);
  assert.ok(seen.includes('/members/3 one k3 {"n":3}'));
  assert.deepEqual(
    acknowledged.toSorted((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1))),
    calls.map(({ aggregateId }) => ({ id: aggregateId, version: 3 })),
  );
});

test('a refused call ends the seeding with what was asked and what was answered', async () => {
  let requests = 0;
  await withServer(
    () => (++requests === 10 ? 401 : 201),
    (baseUrl) =>
      assert.rejects(seedService(baseUrl, headers, calls, { concurrency: 2 }), {
        code: 'seed.refused',
        message: /POST \/members\/\d+ answered 401 {"why":"because"}/,
      }),
  );
  assert.ok(requests < 14, `${requests} requests`);
});

test('a service that is not there ends the seeding', async () => {
  await assert.rejects(seedService('http://127.0.0.1:9', headers, calls), {
    code: 'seed.refused',
    message: /not answered/,
  });
});

test('an abort ends the seeding with its reason', async () => {
  const abort = new AbortController();
  const reason = new Error('enough');
  await withServer(
    () => {
      abort.abort(reason);
      return 201;
    },
    (baseUrl) => assert.rejects(seedService(baseUrl, headers, calls, { signal: abort.signal }), reason),
  );
});
