import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMsOfTrees } from '../../system/local/proc.ts';
import { watchOthers } from './others.ts';

test('what a foreign process burns is the share of others, and what the system burns is not', async () => {
  const burner = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });
  try {
    await sleep(300);
    const burnt = () => cpuMsOfTrees([burner.pid!]).get(burner.pid!)!;
    const cores = availableParallelism();
    const startedAt = performance.now();
    const before = burnt();
    const asForeign = watchOthers(() => ({}));
    const asSystem = watchOthers(() => ({ burner: burnt() }));
    await sleep(1500);
    const generator = { cpuMs: 0, wallMs: 1500, exitCode: 0, cores };
    const [foreign, system] = [asForeign(generator), asSystem(generator)];
    const share = (burnt() - before) / ((performance.now() - startedAt) * cores);
    assert.ok(share > 0.02, `the burner got ${share} of the machine`);
    assert.ok(Math.abs(foreign - system - share) < 0.05, `${foreign} - ${system} against ${share}`);
  } finally {
    burner.kill('SIGKILL');
  }
});
