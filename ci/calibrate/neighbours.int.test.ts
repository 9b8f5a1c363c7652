import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMsOfTrees } from '../../system/local/proc.ts';
import { bursts, startNeighbours } from './neighbours.ts';

/** Processes that run neighbour.ts with this seed. */
function running(seed: string): number[] {
  return readdirSync('/proc').flatMap((entry) => {
    try {
      const words = /^\d+$/.test(entry) ? readFileSync(`/proc/${entry}/cmdline`, 'utf8').split('\0') : [];
      return words.some((word) => word.endsWith('neighbour.ts')) && words.some((word) => word.startsWith(seed))
        ? [Number(entry)]
        : [];
    } catch {
      return [];
    }
  });
}

test('a neighbour uses the CPU that its bursts ask for and no more, and ends when it is told to', async () => {
  const seed = 'test-1';
  const next = bursts(`${seed}/0`);
  // In the first 4.8 s it computes twice.
  const askedMs = next().busyMs + next().busyMs;
  const stop = startNeighbours(seed, 1);
  try {
    while (running(seed).length === 0) await sleep(10);
    const [pid] = running(seed);
    const usedMs = () => cpuMsOfTrees([pid!]).get(pid!)!;
    await sleep(4000);
    // Its start costs some 100 ms.
    assert.ok(usedMs() < askedMs + 400, `${usedMs()} ms used, ${askedMs} ms asked`);
    // Others may hold the CPU during its bursts: then it takes until later ones.
    const deadline = performance.now() + 30_000;
    while (usedMs() < askedMs && performance.now() < deadline) await sleep(100);
    assert.ok(usedMs() >= askedMs, `${usedMs()} ms used, ${askedMs} ms asked`);
  } finally {
    await stop();
  }
  assert.deepEqual(running(seed), []);
});

test('neighbours end with a parent that was killed', async () => {
  const seed = `orphan-${process.pid}`;
  const module = path.join(import.meta.dirname, 'neighbours.ts');
  const program = `import { startNeighbours } from ${JSON.stringify(module)}; startNeighbours('${seed}', 2); setInterval(() => {}, 1000);`;
  const parent = fork('-', { execArgv: ['--input-type=module', '--eval', program], stdio: 'ignore' });
  while (running(seed).length < 2) await sleep(20);
  parent.kill('SIGKILL');
  const deadline = performance.now() + 20_000;
  while (running(seed).length > 0 && performance.now() < deadline) await sleep(50);
  assert.deepEqual(running(seed), []);
});
