import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { stringify } from 'yaml';
import { silent } from '../../cli/progress.ts';
import { command } from '../command.ts';
import { BLIND_ALERT, BLIND_RUNBOOK } from '../compile/absence.ts';
import { unknownIn } from '../compile/known.ts';
import { readPromql } from '../compile/promql.ts';
import { promtool } from '../compile/promtool.ts';
import { readAllObjectives } from '../objectives/read.ts';
import { readKnown, unknownCommands } from './commands.ts';
import { questionsOf, SECTIONS, sectionsOf } from './page.ts';
import { readPages } from './pages.ts';
import { verify } from './verify.ts';

const root = path.join(import.meta.dirname, '../..');
const objectives = await readAllObjectives(path.join(root, 'slo/objectives'));
const pages = (await readdir(import.meta.dirname)).filter((file) => file.endsWith('.md'));

test('every alert has a runbook of its name and every runbook has an alert', () => {
  const alerts = [BLIND_ALERT, ...objectives.map(({ alert }) => alert)];
  assert.deepEqual(pages.sort(), alerts.map((alert) => `${alert}.md`).sort());
  assert.equal(BLIND_RUNBOOK, `slo/runbooks/${BLIND_ALERT}.md`);
  for (const { alert, runbook } of objectives) assert.equal(runbook, `slo/runbooks/${alert}.md`);
});

for (const file of pages) {
  test(`${file} has all sections, and its queries are PromQL over series that exist`, async () => {
    const page = await readFile(path.join(import.meta.dirname, file), 'utf8');
    assert.deepEqual(sectionsOf(page), SECTIONS);
    const queries = questionsOf(page, file).map(({ query }) => query);
    assert.ok(queries.length >= 5);
    for (const query of queries) {
      const { error, selectors } = readPromql(query);
      assert.equal(error, undefined, query);
      assert.deepEqual(unknownIn(selectors), [], query);
    }
    const folder = await mkdtemp(path.join(tmpdir(), 'runbook-'));
    try {
      const rules = queries.map((expr, index) => ({ record: `runbook:query:${index}`, expr }));
      await writeFile(path.join(folder, 'rules.yaml'), stringify({ groups: [{ name: 'runbook', rules }] }));
      assert.equal(await (await promtool()).checkRules(path.join(folder, 'rules.yaml')), queries.length);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
}

test('the commands of the runbooks exist: npm scripts, words of npm run slo, services of docker-compose.yml', async () => {
  const known = await readKnown();
  // What is read as text is what the group has.
  assert.deepEqual(known.words, Object.keys(command.commands));
  let checked = 0;
  for (const file of pages) {
    const found = unknownCommands(await readFile(path.join(import.meta.dirname, file), 'utf8'), known);
    assert.deepEqual(found.unknown, [], file);
    checked += found.checked;
  }
  assert.ok(checked >= 30);
});

test('every query returns something while its fault lasts, and nothing on a healthy system', async () => {
  const { signal } = new AbortController();
  const verdicts = await verify(await readPages(objectives), { progress: silent, signal });
  assert.ok(verdicts.length >= 50);
  assert.deepEqual(
    verdicts.flatMap(({ file, line, query, wrong }) => (wrong ? [`${file}:${line} ${wrong}: ${query}`] : [])),
    [],
  );
  const always = verdicts.filter((verdict) => verdict.always !== undefined);
  assert.ok(always.length < verdicts.length / 2, 'most queries tell a fault from health');
});
