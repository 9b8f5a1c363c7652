import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { readObjectives } from '../objectives/read.ts';
import { generatedFiles } from './files.ts';

const slo = path.join(import.meta.dirname, '..');
for (const { name, text } of generatedFiles(await readObjectives(path.join(slo, 'objectives')))) {
  test(`slo/rules/${name} is what the objectives say; if not: npm run slo -- compile`, async () => {
    assert.equal(await readFile(path.join(slo, 'rules', name), 'utf8'), text);
  });
}
