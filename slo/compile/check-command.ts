// `npm run slo -- check`: the committed rules are what the objectives say, and their tests pass.
import type { Command } from '../../cli/command.ts';
import { readAllObjectives } from '../objectives/read.ts';
import { objectivesDir, rulesDir } from '../paths.ts';
import { checkFiles } from './check-files.ts';
import { generatedFiles } from './files.ts';

export const command: Command = {
  name: 'slo -- check',
  summary: 'Generated files are fresh, promtool and amtool accept them and their tests pass.',
  options: {},
  examples: [{ line: 'npm run slo -- check', does: 'what `npm run check` does with the rules' }],
  async run(context) {
    const objectives = await readAllObjectives(objectivesDir);
    return checkFiles(rulesDir, generatedFiles(objectives), objectives.length, context);
  },
};
