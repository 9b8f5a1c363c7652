import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { readAllocatedBytes, telling } from './read.ts';

/**
 * Each request makes so many arrays of 10 pointers as its path says, one after the other. An array is 32 bytes and its elements 16 + 10 * 8
 * (V8 without pointer compression, as Node.js has it): 128. None lives long enough to be moved, which would count again.
 */
const SERVER = `
  import { createServer } from 'node:http';
  let last;
  createServer((request, response) => {
    for (let i = Number(request.url.slice(1)); i > 0; i--) last = new Array(10).fill(i % 2 ? request : response);
    response.end(String(last.length));
  }).listen(0, '127.0.0.1', function () { console.log(this.address().port); });
`;

async function started(context: TestContext, env: (dir: string) => Record<string, string>) {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'alloc-'));
  const args = ['--input-type=module', '--eval', SERVER];
  const child = spawn(process.execPath, args, { env: env(dir), stdio: ['ignore', 'pipe', 'inherit'] });
  context.after(async () => {
    child.kill();
    await once(child, 'exit');
    rmSync(dir, { recursive: true });
  });
  const [port] = await once(child.stdout, 'data');
  const ask = async (arrays: number) => {
    const answer = await fetch(`http://127.0.0.1:${Number(String(port))}/${arrays}`);
    assert.equal(await answer.text(), '10');
  };
  return { dir, ask };
}

test('10,000 arrays of 128 bytes more in each request show as 1.28 MB more for each', async (t) => {
  const { dir, ask } = await started(t, telling);
  const bytesOf = async (arrays: number) => {
    const before = (await readAllocatedBytes(dir))!;
    for (let i = 0; i < 200; i++) await ask(arrays);
    return ((await readAllocatedBytes(dir))! - before) / 200;
  };
  // While the heap still grows, pages that it leaves half full count too: 4 % more at first, 1.5 % later.
  for (const arrays of [5000, 15_000]) await bytesOf(arrays);
  const [few, many] = [await bytesOf(5000), await bytesOf(15_000)];
  assert.ok(Math.abs((many - few) / 1_280_000 - 1) < 0.03, `${few}, ${many}`);
});

test('a process that does not tell gives null', async (t) => {
  const { dir } = await started(t, () => ({}));
  assert.equal(await readAllocatedBytes(dir), null);
});

test('what was in NODE_OPTIONS stays', () => {
  assert.match(
    telling('x', { NODE_OPTIONS: '--import=plant' }).NODE_OPTIONS!,
    /^--import=plant --import=file:.*tell\.ts$/,
  );
});
