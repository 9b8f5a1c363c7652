import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { readWords } from '../../cli/command.ts';
import { silent } from '../../cli/progress.ts';
import { command } from './command.ts';
import type { SavedTable } from './saved.ts';

let dir = '';
before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'slo-simulate-'));
});
after(() => rm(dir, { recursive: true }));

const run = (words: string[], signal = new AbortController().signal) =>
  command.run({ ...readWords(command, [...words, '--report', dir], signal), progress: silent });
const SMALL = ['--months', '2', '--trials', '4', '--traffic', 'poisson'];

test('simulate prints the tables, says which promises hold, and writes page and data', async () => {
  const { exitCode, text, data } = await run(['errors', '--rates', '0.01,1', '--fault', '1:1h', ...SMALL]);
  const { promises, faults, quiet } = data as SavedTable;
  assert.equal(faults.length, 2 * 3);
  assert.equal(quiet.length, 2 * 2 * 3);
  assert.equal(exitCode, promises.every(({ holds }) => holds) ? 0 : 99);
  for (const words of ['errors', 'Sloth', 'Pyrra', 'next: npm run slo', path.join(dir, 'index.html')]) {
    assert.ok(text.includes(words), words);
  }
  const page = await readFile(path.join(dir, 'index.html'), 'utf8');
  assert.equal(page.match(/<svg /g)?.length, 2);
  assert.ok(!/<script|https?:\/\/(?!www\.w3\.org)/.test(page), 'self-contained');
  assert.deepEqual(JSON.parse(await readFile(path.join(dir, 'table.json'), 'utf8')).about.seed, 1);
});

for (const [words, message] of [
  [['nothing'], 'there is no objective "nothing"'],
  [['--rates', '0'], '--rates must be a positive number'],
  [['--rates', 'x'], '--rates must be a positive number'],
  [['--fault', '2:1h'], '--fault 2:1h is no share:length[:shape]'],
  [['--traffic', 'lumpy'], '--traffic knows no "lumpy"'],
  [['--months', '1.5'], '--months is no whole number'],
  [['--month-days', '32'], '--month-days is no length of a month'],
  [['--new-series', '0'], '--new-series must be a positive number'],
  [['errors', '--save'], '--save is for all objectives'],
] as const) {
  test(`${words.join(' ')} is refused: ${message}`, async () => {
    await assert.rejects(run([...words]), ({ exitCode, message: said }: Error & { exitCode: number }) => {
      assert.equal(exitCode, 2);
      return said.startsWith(message);
    });
  });
}

test('Ctrl-C ends the simulation', async () => {
  const stop = new AbortController();
  const running = run(['errors', '--rates', '0.01', '--months', '100000'], stop.signal);
  setTimeout(() => stop.abort(), 100);
  await assert.rejects(running, { name: 'AbortError' });
});
