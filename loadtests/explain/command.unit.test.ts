import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { silent } from '../../cli/progress.ts';
import { explain } from './command.ts';
import type { Explanation } from './text.ts';

const asked = (words: string[], options: Record<string, string>) =>
  explain({
    words,
    options: { service: 'loadtests/testdata/system/service.yaml', ...options },
    json: false,
    progress: silent,
    signal: new AbortController().signal,
  });

test('a scenario is explained with the rates of its workload, into one page, and nothing else is written', async () => {
  const out = await mkdtemp(path.join(tmpdir(), 'ams-perf-explain-'));
  try {
    const { exitCode, text, data } = await asked(['peak'], { out, seed: '7', growth: '2' });
    assert.equal(exitCode, 0);
    const { phases, ratePerSecond, seed } = data as Explanation;
    assert.deepEqual([ratePerSecond, seed], [2 * 3 * 50, 7]);
    assert.deepEqual(
      phases.map(({ name, expected }) => [name, expected]),
      [
        ['warm-up', 500],
        ['ramp', 2000],
        ['hold', 18_000],
        ['recover', 1500],
      ],
    );
    assert.match(text, /^peak: The busiest minute/);
    assert.deepEqual(await readdir(out), ['explain.html']);
    assert.match(await readFile(path.join(out, 'explain.html'), 'utf8'), /<title>Load of peak<\/title>/);
  } finally {
    await rm(out, { recursive: true });
  }
});

test('what cannot be explained is a usage failure', async () => {
  await assert.rejects(asked([], {}), { code: 'usage' });
  await assert.rejects(asked(['peek'], {}), { code: 'scenario.unknown' });
  await assert.rejects(asked(['check-in-burst'], {}), { code: 'scenario.no-day' });
});
