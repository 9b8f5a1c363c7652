// `npm run slo -- compile`: objectives in, rules, routes and their tests out.
import { readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { readAllObjectives } from '../objectives/read.ts';
import { objectivesDir, rulesDir } from '../paths.ts';
import { generatedFiles } from './files.ts';

export const command: Command = {
  name: 'slo -- compile',
  summary: 'Makes recording rules, alerts, routes and their tests of the objectives.',
  options: {},
  examples: [{ line: 'npm run slo -- compile', does: 'writes slo/rules from slo/objectives' }],
  async run() {
    const objectives = await readAllObjectives(objectivesDir);
    const files = generatedFiles(objectives);
    for (const { name, text } of files) await writeFile(path.join(rulesDir, name), text);
    // A test file has its step in its name: one of an earlier step would stay and be believed.
    for (const name of await readdir(rulesDir)) {
      if (name.endsWith('.test.yaml') && files.every((file) => file.name !== name)) await rm(path.join(rulesDir, name));
    }
    const names = files.map(({ name }) => `slo/rules/${name}`);
    return {
      exitCode: EXIT.pass,
      data: { objectives: objectives.length, written: names },
      text: `${objectives.length} objectives -> ${names.join(', ')}\nnext: npm run slo -- check`,
    };
  },
};
