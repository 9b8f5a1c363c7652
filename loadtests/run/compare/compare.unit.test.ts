import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { madeRun } from '../../testdata/run.ts';
import { seeded } from '../../workload/random.ts';
import type { RunResult } from '../result.ts';
import { writeRun } from '../write.ts';
import { type Comparison, compare } from './compare.ts';
import { comparisonHtml } from './report.ts';

const ROOT = path.join(import.meta.dirname, '..', '..', '..');
let dir: string;
before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'ams-perf-compare-'));
});
after(() => rm(dir, { recursive: true, force: true }));

/** Exponential times with a mean of 20 ms, `times` as long. */
function made(seed: string, times = 1, seconds = 40): Promise<RunResult> {
  const random = seeded(seed);
  return madeRun({
    phases: [
      ['warm-up', 'warm-up', 5, 100],
      ['hold', 'hold', seconds, 100],
    ],
    answer: () => ({ ms: -Math.log(1 - random()) * 20 * times }),
  });
}

test('quantiles of an exponential time and a true +50 % are found, with errors as theory has them, by phase and step', async () => {
  const { rows } = compare(await made('a'), await made('b', 1.5));
  for (const { quantile, a, b, ratio } of rows.filter(({ step }) => step === 'total')) {
    const truth = -Math.log(1 - quantile) * 20;
    // Error of a sample quantile, sqrt(q (1 - q) / n) / f(x), as a share of x: f(x) = (1 - q) / mean (David, Nagaraja, 2.5).
    const error = (Math.sqrt((quantile * (1 - quantile)) / 4000) / (1 - quantile)) * (20 / truth);
    for (const [cell, is] of [
      [a, truth],
      [b, truth * 1.5],
    ] as const) {
      assert.ok(Math.abs(Number(cell.value) / is - 1) < 4 * error, `p${quantile} ${JSON.stringify(cell)}, truth ${is}`);
      const told = Math.log(cell.upper! / cell.lower!) / 2 / 2.093;
      assert.ok(told > error / 2 && told < error * 2, `p${quantile}: error ${told}, theory ${error}`);
    }
    assert.ok(Math.abs(ratio!.value / 1.5 - 1) < 4 * Math.SQRT2 * error && ratio!.lower! > 1, JSON.stringify(ratio));
  }
  assert.deepEqual(new Set(rows.map(({ step }) => step)), new Set(['total', 'card', 'confirm', 'sheet']));
  assert.deepEqual(new Set(rows.map(({ phase }) => phase)), new Set(['hold']));
});

test('a run set against itself has a ratio of exactly 1, and CPU per request is CPU over answers', async () => {
  const run = await made('same');
  const { rows, pairs } = compare(run, { ...run, cpuMs: { api: 4000 } });
  for (const { ratio } of rows.filter((row) => row.ratio)) assert.equal(ratio!.value, 1);
  assert.deepEqual(pairs[0], { name: 'CPU of api per request', unit: 'ms', a: 0.5, b: 1 });
});

test('a phase that changes as it goes has no interval: its blocks are not alike', async () => {
  const recovering = () =>
    madeRun({ phases: [['after', 'recover', 40, 100]], answer: (s) => ({ ms: Math.max(10, 500 - 20 * s) }) });
  for (const { a, b, ratio } of compare(await recovering(), await recovering()).rows) {
    assert.deepEqual([a.lower, b.lower, ratio?.lower], [undefined, undefined, undefined]);
    if (a.value !== null) assert.equal(ratio!.value, 1);
  }
});

test('the page says that it is no verdict, and marks what lies apart', async () => {
  const [a, b] = [await made('a'), await made('b', 1.5)];
  const html = comparisonHtml(compare(a, b), { a, b });
  assert.match(html, /One run of each is no verdict/);
  assert.match(html, /<tr class="apart"><td>hold<\/td><td>total<\/td><td>p50/);
  assert.equal(html.match(/<svg/g)!.length, 2);
});

async function run(...words: string[]): Promise<{ exitCode: number; out: string; err: string }> {
  const child = spawn(process.execPath, [path.join(ROOT, 'cli.ts'), 'compare', ...words], { cwd: ROOT });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (err += chunk));
  const [exitCode] = await once(child, 'close');
  return { exitCode, out, err };
}

test('the command compares two folders, writes both files and names the gate for a verdict', async () => {
  const [a, b, out] = ['a', 'b', 'out'].map((name) => path.join(dir, name)) as [string, string, string];
  await writeRun(a, await made('a'));
  await writeRun(b, await made('b', 1.5));
  const text = await run(a, path.join(b, 'result.json'), '--out', out);
  assert.equal(text.exitCode, 0, text.err);
  assert.match(text.out, /hold +total +p95 .* \+\d+\.\d % +\+\d+\.\d % to \+\d+\.\d %/);
  assert.match(text.out, /next: npm run gate, for a verdict/);
  const json: Comparison = JSON.parse(await readFile(path.join(out, 'compare.json'), 'utf8'));
  assert.equal(json.schema, 'amsperf/comparison/v1');
  assert.equal(json.rows.length, 12);
});

test('runs of another load and INVALID ones are refused with a hint, unless asked for', async () => {
  const [a, longer, invalid, out] = ['a2', 'longer', 'invalid', 'out2'].map((name) => path.join(dir, name));
  const valid = await made('a');
  await writeRun(a!, valid);
  await writeRun(longer!, await made('b', 1, 50));
  const reasons = [{ code: 'generator.late', message: 'it was late', advice: 'x' }];
  await writeRun(invalid!, { ...valid, validity: { valid: false, reasons, notes: [] } });
  for (const [other, exitCode, code] of [
    [longer!, 2, 'compare.different'],
    [invalid!, 4, 'compare.invalid'],
    [path.join(dir, 'none'), 2, 'result.malformed'],
  ] as const) {
    const refused = await run(a!, other, '--out', out!);
    assert.equal(refused.exitCode, exitCode, refused.err);
    assert.match(refused.err, new RegExp(`^${code}: .+\nhint: .+\n$`));
  }
  const anyway = await run(a!, invalid!, '--anyway', '--out', out!);
  assert.equal(anyway.exitCode, 0);
  assert.match(anyway.out, /B is INVALID: it was late/);
});
