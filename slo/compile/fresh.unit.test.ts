import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { readAllObjectives } from '../objectives/read.ts';
import { generatedFiles } from './files.ts';

const slo = path.join(import.meta.dirname, '..');
const files = generatedFiles(await readAllObjectives(path.join(slo, 'objectives')));

test('slo/rules holds what the compiler writes and nothing else', async () => {
  assert.deepEqual((await readdir(path.join(slo, 'rules'))).sort(), files.map(({ name }) => name).sort());
});

for (const { name, text } of files) {
  test(`slo/rules/${name} is what the objectives say; if not: npm run slo -- compile`, async () => {
    assert.equal(await readFile(path.join(slo, 'rules', name), 'utf8'), text);
  });
}
