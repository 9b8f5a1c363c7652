import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { stringify } from 'yaml';
import { BLIND_ALERT, BLIND_RUNBOOK } from '../compile/absence.ts';
import { seriesOf } from '../compile/catalogue.ts';
import { readPromql } from '../compile/promql.ts';
import { promtool } from '../compile/promtool.ts';
import { readAllObjectives } from '../objectives/read.ts';

const root = path.join(import.meta.dirname, '../..');
const objectives = await readAllObjectives(path.join(root, 'slo/objectives'));
const pages = (await readdir(import.meta.dirname)).filter((file) => file.endsWith('.md'));
const queriesOf = (page: string) => [...page.matchAll(/```promql\n(.*?)\n```/gs)].map(([, query]) => query!);

test('every alert has a runbook of its name and every runbook has an alert', () => {
  const alerts = [BLIND_ALERT, ...objectives.map(({ alert }) => alert)];
  assert.deepEqual(pages.sort(), alerts.map((alert) => `${alert}.md`).sort());
  assert.equal(BLIND_RUNBOOK, `slo/runbooks/${BLIND_ALERT}.md`);
  for (const { alert, runbook } of objectives) assert.equal(runbook, `slo/runbooks/${alert}.md`);
});

for (const file of pages) {
  test(`${file} has all sections, and its queries are PromQL over series that exist`, async () => {
    const page = await readFile(path.join(import.meta.dirname, file), 'utf8');
    const sections = [...page.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
    assert.deepEqual(sections, ['Meaning', 'Impact', 'Owner', 'Diagnosis', 'Mitigation', 'Way back']);
    const queries = queriesOf(page);
    assert.ok(queries.length >= 5);
    for (const query of queries) {
      const { error, selectors } = readPromql(query);
      assert.equal(error, undefined, query);
      for (const { metric, matchers } of selectors) {
        const series = seriesOf(metric);
        assert.ok(series, `${metric} is exported or recorded`);
        for (const { label } of matchers) assert.ok(series.labels.includes(label), `${metric} has a label ${label}`);
      }
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

test('the commands of the runbooks exist: npm scripts, and services of docker-compose.yml', async () => {
  const { scripts } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const compose = await readFile(path.join(root, 'docker-compose.yml'), 'utf8');
  let checked = 0;
  for (const file of pages) {
    const page = await readFile(path.join(import.meta.dirname, file), 'utf8');
    for (const [, script] of page.matchAll(/`npm run (\w+)/g)) {
      assert.ok(scripts[script!], `${file}: npm run ${script}`);
      checked++;
    }
    for (const [, services] of page.matchAll(/`docker compose (?:restart|ps|logs --tail \d+) ([\w -]+)`/g)) {
      for (const service of services!.split(' ')) {
        assert.ok(new RegExp(`^ {2}${service}:`, 'm').test(compose), `${file}: ${service}`);
        checked++;
      }
    }
  }
  assert.ok(checked >= 10);
});
