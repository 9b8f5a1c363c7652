import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { plantEnvironment } from './environment.ts';

const SERVER = `
  import { createServer } from 'node:http';
  const server = createServer((request, response) => {
    const { user, system } = process.cpuUsage();
    if (request.url === '/cpu') return response.end(String((user + system) / 1000));
    request.pipe(response);
  });
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

async function served(env: Record<string, string>, use: (url: string) => Promise<void>): Promise<void> {
  const args = ['--input-type=module', '--eval', SERVER];
  const child: ChildProcess = spawn(process.execPath, args, { env: { ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [port] = await once(child.stdout!, 'data');
    await use(`http://127.0.0.1:${Number(String(port))}`);
  } finally {
    child.kill();
    await once(child, 'exit');
  }
}

async function timed(url: string, init?: RequestInit): Promise<{ ms: number; text: string }> {
  const start = performance.now();
  const text = await (await fetch(url, init)).text();
  return { ms: performance.now() - start, text };
}

test('a planted delay holds up every request, keeps its body, and spares health and metrics', async () => {
  await served(plantEnvironment({ kind: 'delay', ms: 300 }), async (url) => {
    const spared = await timed(`${url}/actuator/health`);
    const held = await timed(`${url}/api/v1/x`, { method: 'POST', body: 'whole' });
    assert.ok(held.ms >= 299, `${held.ms}`);
    assert.equal(held.text, 'whole');
    assert.ok(spared.ms < held.ms, `${spared.ms} against ${held.ms}`);
  });
});

test('planted CPU is used by the process itself', async () => {
  await served(plantEnvironment({ kind: 'cpu', ms: 50 }), async (url) => {
    const before = Number((await timed(`${url}/cpu`)).text);
    const after = Number((await timed(`${url}/cpu`)).text);
    assert.ok(after - before >= 45, `${after - before}`);
  });
});
