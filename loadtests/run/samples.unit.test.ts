import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { madePlan } from '../testdata/run.ts';
import { sentLine, startLine } from '../workload/plan.ts';
import { fold } from './fold.ts';
import { readSamples } from './samples.ts';

let dir: string;
before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'ams-perf-samples-'));
});
after(() => rm(dir, { recursive: true, force: true }));

const plan = madePlan([['hold', 'hold', 10, 10]]);
const lines = plan.arrivals.map(({ atMs }, index) =>
  sentLine({ index, pickedMs: atMs, startMs: atMs + 1, serviceMs: 20, status: 200 }),
);

async function folded(text: string) {
  const file = path.join(dir, 'samples.csv');
  await writeFile(file, text);
  return fold(plan, readSamples(file, plan));
}

test('a file that was cut off in the middle of a line gives every whole line, and the rest is missing', async () => {
  const whole = [startLine(1.8e12), ...lines].join('\n');
  const cut = whole.slice(0, whole.indexOf(lines[60]!) + 9);
  const { total, missing } = await folded(cut);
  assert.deepEqual([total.planned, total.started, missing], [100, 60, 40]);
  assert.equal(total.response.quantile(0.95), Number.POSITIVE_INFINITY);
  assert.equal((await folded(`${whole}\n`)).missing, 0);
});

test('lines of something else, of no arrival of the plan, and repeated ones are left out', async () => {
  const foreign = ['level=error msg="oops"', '', '{"a": 1}', lines[3]!.replace(/^3,/, '5000,')];
  const { total, missing } = await folded([...lines, ...foreign, lines[7]!].join('\n'));
  assert.deepEqual([total.started, missing], [100, 0]);
});

test('a file that is not there is an error, not an empty run', async () => {
  await assert.rejects(fold(plan, readSamples(path.join(dir, 'none'), plan)), { code: 'ENOENT' });
});
