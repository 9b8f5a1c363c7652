import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { readWords } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';
import { normals } from '../gate/testdata/pairs.ts';
import { writeLine } from './recording.ts';
import { command } from './replay-command.ts';
import type { CalibrationTable } from './table.ts';
import { madeRecorded, type Truth } from './testdata/recorded.ts';

function folder(t: TestContext): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'calibrate-'));
  t.after(() => rmSync(dir, { recursive: true }));
  return dir;
}

/** A recording of 24 equal pairs and of 12 with 30 % planted, scatter 4 %. */
function recordingIn(dir: string, name: string, truth: Truth): string {
  const next = normals(name.length);
  const line = (i: number, more: Truth) =>
    writeLine(madeRecorded(i, { ...truth, ...more, time: (more.time ?? 0) + 0.04 * next(), cpu: 0.02 * next() }));
  const equal = Array.from({ length: 24 }, (_, i) => line(i, {}));
  const slow = Array.from({ length: 12 }, (_, i) =>
    line(24 + i, { kind: 'delay:2ms', planted: 'delay:2ms', time: Math.log(1.3) }),
  );
  const file = path.join(dir, `${name}.jsonl`);
  writeFileSync(file, [...equal, ...slow].join(''));
  return file;
}

const run = (...words: string[]) => command.run(readWords(command, words, new AbortController().signal));

test('two recordings become one table, in JSON, Markdown and HTML', async (t) => {
  const dir = folder(t);
  const files = [recordingIn(dir, 'quiet', {}), recordingIn(dir, 'busy', { neighbours: 'busy' })];
  const outcome = await run(...files, '--gates', '50', '--out', dir);
  assert.equal(outcome.exitCode, EXIT.pass);
  const table: CalibrationTable = JSON.parse(readFileSync(path.join(dir, 'table.json'), 'utf8'));
  assert.deepEqual(table, JSON.parse(JSON.stringify(outcome.data)));
  const kinds = ['aa', 'times +5 %', 'times +10 %', 'times +20 %', 'delay:2ms'];
  assert.deepEqual(
    table.cells.map(({ neighbours, kind }) => [neighbours, kind]),
    ['quiet', 'busy'].flatMap((neighbours) => kinds.map((kind) => [neighbours, kind])),
  );
  const found = table.cells.filter(({ kind }) => kind === 'delay:2ms');
  for (const { ours } of found) assert.equal(ours.regression.ratio, 1);
  assert.ok(table.goals.every(({ reached }) => reached.length > 0));

  const markdown = readFileSync(path.join(dir, 'table.md'), 'utf8');
  assert.match(markdown, /^\| delay:2ms: every request waits 2 ms \| 12 \| 100\.0 % \(92\.9 to 100\.0\) \|/m);
  assert.match(
    markdown,
    /quiet neighbours: recorded 2026-11-23T00:00:00.000Z to .*trusted pairs: aa 24 of 24, delay:2ms 12 of 12/,
  );
  const page = readFileSync(path.join(dir, 'report.html'), 'utf8');
  assert.match(page, /<svg/);
  assert.doesNotMatch(page, /<script|src=|https?:\/\/(?!www\.w3\.org)/);
});

test('without a recording, or with a foreign one, nothing is written', async (t) => {
  const dir = folder(t);
  const foreign = path.join(dir, 'foreign.jsonl');
  writeFileSync(foreign, '{"verdict":"PASS"}\n');
  const slowOnly = path.join(dir, 'slow.jsonl');
  writeFileSync(slowOnly, writeLine(madeRecorded(0, { kind: 'delay:2ms', planted: 'delay:2ms' })));
  for (const words of [[path.join(dir, 'missing.jsonl')], [foreign], [slowOnly], [slowOnly, '--gates', 'many']]) {
    await assert.rejects(run(...words, '--out', dir), (error) => {
      assert.ok(error instanceof Failure, String(error));
      assert.equal(error.exitCode, EXIT.usage);
      return true;
    });
  }
  assert.equal(existsSync(path.join(dir, 'table.json')), false);
});
