import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { parseHTML } from 'linkedom';
import { parse } from 'yaml';
import { commandOf, readWords } from '../../cli/command.ts';
import { madeResult } from '../gate/testdata/result.ts';
import { command } from './command.ts';
import { toLine } from './record.ts';
import { bars } from './report.ts';
import { madeRecords } from './testdata/made.ts';

const dir = await mkdtemp(path.join(os.tmpdir(), 'history-command-'));
after(() => rm(dir, { recursive: true, force: true }));
const signal = new AbortController().signal;

async function history(word: string, store: string, ...words: string[]) {
  const found = await commandOf(command, word);
  const out = word === 'add' ? [] : ['--out', path.join(dir, 'out')];
  return found.run(readWords(found, [...words, '--store', `folder:${path.join(dir, store)}`, ...out], signal));
}

/** A store of 60 results against one build whose p95 is 6 % higher from the 31st on, with a line that is no record. */
async function filled(store: string): Promise<void> {
  const records = madeRecords(
    Array.from({ length: 60 }, (_, i) => (i >= 30 ? 0.06 : 0) + 0.004 * ((i * 7) % 5)),
    { base: 'f'.repeat(40) },
  );
  await mkdir(path.join(dir, store));
  await writeFile(path.join(dir, store, 'history.jsonl'), `${['half a line', ...records.map(toLine)].join('\n')}\n`);
}

test('a result is added once, and a second time it is there already', async () => {
  const made = madeResult({ p95: 0.02, cpu: 0 });
  const file = path.join(dir, 'result.json');
  await writeFile(file, JSON.stringify({ ...made, head: { ...made.head, commit: 'c'.repeat(40), dirty: false } }));
  const add = () => history('add', 'new', file, '--committed-at', '2026-11-20T10:00:00+09:00', '--run', '5');
  assert.match((await add()).text, /^added: cccccccccc against 0123456789, PASS/);
  assert.match((await add()).text, /^already there: /);
  const stored = await readFile(path.join(dir, 'new', 'history.jsonl'), 'utf8');
  assert.equal(stored.trim().split('\n').length, 1);
  assert.equal((JSON.parse(stored) as { committedAt: string }).committedAt, '2026-11-20T01:00:00.000Z');
});

test('a file that is not there, a commit that this clone does not know and a time that is none are said with exit code 2', async () => {
  const file = path.join(dir, 'result.json');
  await assert.rejects(history('add', 'x', path.join(dir, 'nothing.json')), { code: 'history.no-file', exitCode: 2 });
  await assert.rejects(history('add', 'x', file), { code: 'history.unknown-commit', exitCode: 2 });
  await assert.rejects(history('add', 'x', file, '--committed-at', 'soon'), { exitCode: 2 });
  await assert.rejects(history('add', 'x'), { exitCode: 2 });
});

test('the history says the step with its commits, draws it, and names the line that is no record', async () => {
  await filled('full');
  const { text } = await history('show', 'full');
  assert.match(text, /^60 results in .*history\.jsonl\n/);
  assert.match(text, /response-p95 +step +0000000000 and 0000000000 +\+6\.2 %/);
  assert.match(text, /note: line 1 of the store is no record and was left out: no JSON/);
  const page = await readFile(path.join(dir, 'out', 'history.html'), 'utf8');
  const { document } = parseHTML(page);
  assert.equal(document.querySelectorAll('figure g[aria-label="dot"] circle').length, 60);
  assert.equal(document.querySelectorAll('script, link, img').length, 0);
});

test('the table has a line a result with 100 as the first base, and the configuration names its columns', async () => {
  await filled('table');
  await history('csv', 'table');
  const [header, first, ...others] = (await readFile(path.join(dir, 'out', 'history.csv'), 'utf8')).trim().split('\n');
  assert.equal(header, 'time,commit,response-p95');
  assert.match(first!, /^2026-01-02T00:00:00\.000Z,0{39}1,100\.0000$/);
  assert.equal(others.length, 59);
  assert.match(others.at(29)!, new RegExp(`,${(100 * Math.exp(0.06)).toFixed(4)}$`));
  const { tests } = parse(await readFile(path.join(dir, 'out', 'otava.yaml'), 'utf8'));
  assert.deepEqual(Object.keys(tests.performance.metrics), ['response-p95']);
  assert.equal(tests.performance.file, path.join(dir, 'out', 'history.csv'));
});

test('an empty store and a metric that nobody measured are usage errors', async () => {
  await assert.rejects(history('show', 'empty'), { code: 'history.empty', exitCode: 2 });
  await filled('one');
  await assert.rejects(history('show', 'one', 'lag'), { code: 'history.unknown-metric', exitCode: 2 });
});

test('bars rise from the lowest to the highest level, and equal levels are equal bars', () => {
  assert.equal(bars([0, 1, 2, 3, 4, 5, 6, 7]), '▁▂▃▄▅▆▇█');
  assert.equal(bars([5, 5]), '▁▁');
});
