// `npm run slo -- check`: the committed rules are what the objectives say, and their tests pass.
import { type Command, usage } from '../../cli/command.ts';
import { readAllObjectives } from '../objectives/read.ts';
import { objectivesDir, rulesDir } from '../paths.ts';
import { checkFiles } from './check-files.ts';
import { generatedFiles } from './files.ts';

export const command: Command = {
  name: 'slo -- check',
  summary: 'Generated files are fresh, promtool and amtool accept them and their tests pass.',
  options: {
    prometheus: {
      type: 'string',
      value: 'VERSION',
      help: '3: build Prometheus 3 once (minutes) and let it judge, too',
    },
  },
  examples: [
    { line: 'npm run slo -- check', does: 'what `npm run check` does with the rules' },
    { line: 'npm run slo -- check --prometheus 3', does: 'the same with both versions of Prometheus' },
  ],
  async run(context) {
    const { prometheus } = context.options;
    if (prometheus !== undefined && prometheus !== '3') {
      throw usage(`--prometheus knows no "${prometheus}"`, "--prometheus 3; version 2 is the machine's own");
    }
    const objectives = await readAllObjectives(objectivesDir);
    return checkFiles(rulesDir, generatedFiles(objectives), objectives.length, context, prometheus === '3');
  },
};
