import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { generatedFiles } from '../compile/files.ts';
import { compileRules } from '../compile/rules.ts';
import { readAllObjectives } from '../objectives/read.ts';
import { type Mutant, mutantsOf } from './mutants.ts';
import type { Fate } from './run.ts';
import { fingerprint, MIN_KILLED, type SavedScore, scoreOf } from './score.ts';

const objectives = await readAllObjectives(path.join(import.meta.dirname, '../objectives'));
const files = generatedFiles(objectives);
const mutants = mutantsOf(compileRules(objectives));

test('the committed score is about these rules and tests, and good enough; if not: npm run slo -- test --save', async () => {
  const saved = JSON.parse(await readFile(path.join(import.meta.dirname, 'score.json'), 'utf8')) as SavedScore;
  assert.equal(saved.about, fingerprint(files, mutants));
  assert.equal(saved.mutants, mutants.length);
  assert.equal(saved.killed + saved.equivalent + saved.survivors.length, saved.mutants);
  assert.equal(saved.killedRatio, saved.killed / (saved.mutants - saved.equivalent));
  assert.ok(saved.killedRatio >= MIN_KILLED);
});

test('another rule, another test or another mistake is another fingerprint; routes are none of its business', () => {
  const before = fingerprint(files, mutants);
  const changed = (index: number) =>
    files.map((file, at) => (at === index ? { ...file, text: `${file.text}\n` } : file));
  for (const [index, { name }] of files.entries()) {
    assert.equal(fingerprint(changed(index), mutants) === before, name === 'ams.alertmanager.yml', name);
  }
  assert.notEqual(fingerprint(files, mutants.slice(1)), before);
});

test('a score leaves out what is proven to change nothing, and names what survived', () => {
  const fate = (what: string, killed: boolean, equivalent?: string): Fate => ({
    ...(mutants[0] as Mutant),
    kind: 'window',
    what,
    killed,
    ...(equivalent && { equivalent }),
  });
  const score = scoreOf([
    fate('a', true),
    fate('b', true),
    fate('c', true),
    fate('d', false),
    fate('e', false, 'proof'),
  ]);
  assert.equal(score.killedRatio, 0.75);
  assert.deepEqual(score.survivors, ['d']);
  assert.deepEqual(score.byKind.window, { mutants: 5, killed: 3, equivalent: 1 });
  assert.deepEqual(score.byKind.for, { mutants: 0, killed: 0, equivalent: 0 });
});
