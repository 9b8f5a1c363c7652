import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Probe } from '../workload/workload.ts';
import { startHealthProbe } from './health.ts';
import { type Lag, startLagProbe } from './lag.ts';

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer((request, response) => {
    request.resume();
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
}

const probe = (n: number): Probe => ({
  identity: 0,
  write: {
    step: 'probe',
    method: 'POST',
    path: `/w/${n}`,
    identity: 0,
    key: `k${n}`,
    body: '{}',
    aggregateId: `a${n}`,
  },
  read: { step: 'probe', method: 'GET', path: `/r/${n}`, identity: 0 },
  version: 2,
});

/** A read model that shows a write `lagMs` later; before that an older version. */
async function probeLag(lagMs: number, options: { timeoutMs?: number; writeStatus?: number } = {}): Promise<Lag> {
  const writtenAt = new Map<string, number>();
  const server = await serve((request, response) => {
    const [, kind, n] = request.url!.split('/');
    if (kind === 'w') {
      response.statusCode = options.writeStatus ?? 201;
      response.setHeader('ETag', 'W/"2"');
      response.end(() => writtenAt.set(n!, performance.now()));
      return;
    }
    const isShown = performance.now() - (writtenAt.get(n!) ?? Number.POSITIVE_INFINITY) >= lagMs;
    response.setHeader('ETag', isShown ? 'W/"2"' : 'W/"1"');
    response.end();
  });
  try {
    const timeoutMs = options.timeoutMs ?? 5000;
    const probing = startLagProbe({
      baseUrl: server.baseUrl,
      headers: [{}],
      probe,
      firstN: 7,
      perSecond: 20,
      timeoutMs,
    });
    await delay(600);
    return await probing.stop();
  } finally {
    server.stop();
  }
}

test('the lag of a read model that shows a write after 100 ms is at least that, and a poll more at most', async () => {
  let lag = await probeLag(100);
  // Above the truth only by a poll and by what the machine was busy with: again when that was much.
  for (let attempt = 1; attempt < 4 && lag.lag.quantile(0.5)! > 140; attempt++) lag = await probeLag(100);
  const p50 = lag.lag.quantile(0.5)!;
  assert.ok(p50 >= 99 && p50 <= 140, `p50 ${p50}`);
  assert.ok(lag.lag.count >= 5);
  assert.deepEqual(lag.acknowledged[0], { id: 'a7', version: 2 });
  assert.equal(lag.acknowledged.length, lag.lag.count);
});

test('a version that never shows is an infinite lag', async () => {
  const { lag } = await probeLag(60_000, { timeoutMs: 200 });
  assert.equal(lag.quantile(0.5), Number.POSITIVE_INFINITY);
});

test('writes that are refused are counted and have no lag', async () => {
  const { lag, failedWrites, acknowledged } = await probeLag(0, { writeStatus: 503 });
  assert.ok(failedWrites > 0);
  assert.deepEqual([lag.count, acknowledged.length], [0, 0]);
});

test('availability counts the slices with a good answer', async () => {
  let isUp = true;
  const server = await serve((_request, response) => {
    response.statusCode = isUp ? 200 : 503;
    response.end();
  });
  try {
    const health = startHealthProbe(`${server.baseUrl}/health`, 100);
    await delay(450);
    isUp = false;
    await delay(500);
    const { slices, up } = await health.stop();
    assert.ok(up >= 1 && slices - up >= 1, `${up} of ${slices} up`);
  } finally {
    server.stop();
  }
});

test('a health path that nobody answers is down', async () => {
  const health = startHealthProbe('http://127.0.0.1:9/health', 50);
  await delay(120);
  const { slices, up } = await health.stop();
  assert.ok(slices >= 1);
  assert.equal(up, 0);
});
