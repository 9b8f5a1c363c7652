import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { readAllObjectives } from '../objectives/read.ts';
import { generatedFiles, RULES_FILE } from './files.ts';
import type { RuleTestFile } from './rule-test.ts';
import { split } from './split.ts';

test('every test is run once, with all rules of its objective and with the absence alerts where it is about them', async () => {
  const files = generatedFiles(await readAllObjectives(path.join(import.meta.dirname, '../objectives')));
  const rules = files.find(({ name }) => name === RULES_FILE)!.text;
  for (const { text } of files.filter(({ name }) => name.endsWith('.test.yaml'))) {
    const pairs = split(rules, text);
    const whole = parse(text) as RuleTestFile;
    assert.deepEqual(
      pairs.flatMap(({ tests }) => tests.tests.map(({ name }) => name)).sort(),
      whole.tests.map(({ name }) => name).sort(),
    );
    for (const { about, rules } of pairs) {
      const groups = rules.groups.map(({ name }) => name);
      if (about === 'blind') assert.ok(groups.includes('slo-blind'));
      else assert.deepEqual(groups, [`slo-${about}`, `slo-${about}-month`]);
    }
  }
});
