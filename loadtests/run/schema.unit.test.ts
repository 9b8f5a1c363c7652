import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { madeRun } from '../testdata/run.ts';
import { readRun } from './read.ts';
import type { RunResult } from './result.ts';
import { runJsonSchema } from './schema.ts';
import { writeRun } from './write.ts';

let dir: string;
before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'ams-perf-result-'));
});
after(() => rm(dir, { recursive: true, force: true }));

const made = (): Promise<RunResult> =>
  madeRun({
    phases: [
      ['warm-up', 'warm-up', 5, 100],
      ['hold', 'hold', 10, 100],
      ['recover', 'recover', 10, 50],
    ],
    answer: (_, i) => ({ ms: 5 + (i % 50), status: i % 100 === 0 ? 0 : 200 }),
    limits: [{ of: 'response', phase: 'hold', quantile: 0.95, atMostMs: 100, overSeconds: 5 }],
  });

test('a result that was written is read back as it was, histograms too', async () => {
  const run = await made();
  await writeRun(dir, run);
  assert.deepEqual(JSON.parse(JSON.stringify(await readRun(dir))), JSON.parse(JSON.stringify(run)));
  const { response } = (await readRun(dir)).folded.total;
  assert.equal(response.quantile(0.95), run.folded.total.response.quantile(0.95));
  assert.match(await readFile(path.join(dir, 'report.html'), 'utf8'), /^<!doctype html>/);
});

test('the published schema is the one that results are checked by', async () => {
  const published = await readFile(path.join(import.meta.dirname, 'schema.json'), 'utf8');
  assert.deepEqual(JSON.parse(published), runJsonSchema(), 'write it anew: node loadtests/run/write-schema.ts');
});

const wrong: [what: string, text: (good: string) => string, why: RegExp][] = [
  ['an empty file', () => '', /it is empty/],
  ['a file that was cut off', (good) => good.slice(0, good.length / 2), /it is cut off or no JSON/],
  ['a foreign file', () => '{"metrics": {}}', /its schema is not named, not amsperf\/run\/v2/],
  ['a result of the gate', () => '{"schema": "amsperf/gate/v1"}', /its schema is "amsperf\/gate\/v1"/],
  ['an older result', () => '{"schema": "amsperf/run/v1"}', /it is amsperf\/run\/v1; this program reads/],
  ['null', () => 'null', /its schema is not named/],
  ['a field of another type', (good) => good.replace('"missing":0', '"missing":"none"'), /folded\.missing: /],
  [
    'a histogram whose buckets were cut off',
    (good) => {
      const run = JSON.parse(good);
      run.folded.total.service.buckets = Buffer.from([0x85]).toString('base64');
      return JSON.stringify(run);
    },
    /folded\.total\.service: the buckets of a histogram are cut off/,
  ],
];
for (const [what, text, why] of wrong) {
  test(`${what} is refused with its file and what is wrong`, async () => {
    const file = path.join(dir, 'wrong.json');
    await writeFile(file, text(JSON.stringify(await made())));
    await assert.rejects(readRun(file), (error: Error & { code: string; exitCode: number }) => {
      assert.deepEqual([error.code, error.exitCode], ['result.malformed', 2]);
      assert.match(error.message, why);
      return error.message.includes(file);
    });
  });
}

test('a folder without a result is refused', async () => {
  await assert.rejects(readRun(path.join(dir, 'none')), { code: 'result.malformed', message: /there is no such file/ });
});

test('a disk that refuses leaves an older result as it was and says what to do', async () => {
  const run = await made();
  await writeRun(dir, run);
  const before = await readFile(path.join(dir, 'result.json'), 'utf8');
  const file = path.join(dir, 'a file');
  await writeFile(file, '');
  await assert.rejects(writeRun(path.join(file, 'run'), run), { code: 'result.not-written', exitCode: 4 });
  assert.equal(await readFile(path.join(dir, 'result.json'), 'utf8'), before);
});
