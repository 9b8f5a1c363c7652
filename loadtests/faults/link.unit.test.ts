import assert from 'node:assert/strict';
import { type AddressInfo, connect, createServer } from 'node:net';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Link, startLink } from './link.ts';

const server = createServer((socket) => socket.on('error', () => {}).pipe(socket));
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const link: Link = await startLink({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
after(async () => {
  await link.stop();
  server.close();
});

/** A connection through the link that collects what comes back. */
async function open() {
  const socket = connect(link.port, '127.0.0.1');
  const seen = { text: '', isClosed: false };
  socket.on('data', (bytes) => (seen.text += bytes)).on('close', () => (seen.isClosed = true));
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, seen };
}

async function until(holds: () => boolean): Promise<void> {
  const endsAtMs = performance.now() + 30_000;
  while (!holds()) {
    assert.ok(performance.now() < endsAtMs, `never came true: ${holds}`);
    await sleep(2);
  }
}

test('bytes come back as they were sent, in order, while the delay changes', async () => {
  const { socket, seen } = await open();
  let sent = '';
  for (let n = 0; n < 60; n++) {
    link.delay([0, 7, 30, 1][n % 4]!);
    sent += `${n},`;
    socket.write(`${n},`);
    await sleep(n % 3);
  }
  link.delay(0);
  await until(() => seen.text.length === sent.length);
  assert.equal(seen.text, sent);
  socket.destroy();
});

test('with a delay an answer takes at least twice as long, once in each direction', async () => {
  const { socket, seen } = await open();
  link.delay(60);
  const startedAt = performance.now();
  socket.write('x');
  await until(() => seen.text === 'x');
  const tookMs = performance.now() - startedAt;
  link.delay(0);
  assert.ok(tookMs >= 118, `${tookMs} ms`);
  socket.destroy();
});

test('cut closes what is open and takes nothing new; mend takes it again', async () => {
  const { seen } = await open();
  await until(() => link.connections() === 1);
  link.cut();
  await until(() => seen.isClosed && link.connections() === 0);
  const refused = await open();
  await until(() => refused.seen.isClosed);
  link.mend();
  const { socket, seen: again } = await open();
  socket.write('back');
  await until(() => again.text === 'back');
  socket.destroy();
});
