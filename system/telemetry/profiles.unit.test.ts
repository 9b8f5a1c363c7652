import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import type { AmsError } from '../errors.ts';
import { heapHandler, profileHandler } from './profiles.ts';

let server: Server;
let url: string;
before(async () => {
  server = createServer((req, res) => {
    const handle = req.url!.startsWith('/debug/heap') ? heapHandler : profileHandler;
    handle(req, res).catch((error: AmsError) => res.writeHead(error.status ?? 500).end(error.message));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => {
  server.close();
  server.closeAllConnections();
});

interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string } }[];
  samples: number[];
}

function plantedBusyFunction(untilMs: number): number {
  let sum = 0;
  while (performance.now() < untilMs) for (let n = 0; n < 10_000; n++) sum += Math.sqrt(n);
  return sum;
}

test('a CPU profile names the function that keeps the process busy', async () => {
  const asked = fetch(`${url}/debug/profile?seconds=1`);
  const timer = setInterval(() => plantedBusyFunction(performance.now() + 40), 50);
  const answer = await asked;
  clearInterval(timer);
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-disposition')!, /\.cpuprofile"/);
  const { nodes, samples } = (await answer.json()) as CpuProfile;
  const names = new Map(nodes.map(({ id, callFrame }) => [id, callFrame.functionName]));
  const named = samples.filter((id) => names.get(id) === 'plantedBusyFunction').length;
  const working = samples.filter((id) => !['(idle)', '(program)'].includes(names.get(id)!)).length;
  assert.ok(named > working / 2, `${named} of ${working} samples of a busy process`);
});

test('a heap profile names the function that allocates and keeps', async () => {
  const kept: number[][] = [];
  function plantedHoarder(): void {
    for (let made = 0; made < 100; made++) kept.push(Array.from({ length: 1000 }, (_, n) => n + 0.5));
  }
  const timer = setInterval(plantedHoarder, 50);
  const text = await (await fetch(`${url}/debug/heap?seconds=1`)).text();
  clearInterval(timer);
  assert.match(text, /"functionName":"plantedHoarder"/);
  assert.ok(kept.length > 0);
});

test('a heap snapshot is streamed whole', async () => {
  const answer = await fetch(`${url}/debug/heap`);
  assert.match(answer.headers.get('content-disposition')!, /\.heapsnapshot"/);
  const snapshot = (await answer.json()) as { snapshot: { node_count: number } };
  assert.ok(snapshot.snapshot.node_count > 1000);
});

test('one profile at a time: the second asker is told to wait, and may come when the first has gone away', async () => {
  const first = new AbortController();
  const began = once(server, 'request');
  const aborted = fetch(`${url}/debug/profile?seconds=30`, { signal: first.signal });
  const second = () => fetch(`${url}/debug/heap?seconds=1`);
  await began;
  assert.equal((await second()).status, 409);
  first.abort();
  await assert.rejects(aborted);
  let status: number;
  do status = (await second()).status;
  while (status === 409);
  assert.equal(status, 200);
});

test('a time out of bounds is refused', async () => {
  for (const seconds of ['0', '31', '-1', 'x', '', 'NaN', '1e9']) {
    assert.equal((await fetch(`${url}/debug/profile?seconds=${seconds}`)).status, 400, seconds);
  }
});
