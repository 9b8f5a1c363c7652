// `npm run slo -- <word>`: from objectives to rules, routes and their tests; every word has a file of its own.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Command, type Outcome, usage } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { lint } from '../lint/command.ts';
import { testRules } from '../mutate/command.ts';
import { type Objective, readAllObjectives } from '../objectives/read.ts';
import { checkFiles } from './check-files.ts';
import { type GeneratedFile, generatedFiles } from './files.ts';

const root = path.resolve(import.meta.dirname, '../..');
const objectivesDir = path.join(root, 'slo/objectives');
const rulesDir = path.join(root, 'slo/rules');

export const command: Command = {
  name: 'slo',
  summary: 'Judges objectives, makes alert rules, routes and their tests of them, and checks these.',
  words: 'lint|compile|check|test [file, folder or objective…]',
  options: {
    'max-page-at-outage': { type: 'string', value: 'TIME', help: 'lint: a total outage must page within (25m)' },
    buckets: {
      type: 'string',
      value: 'LIST',
      help: 'lint: bucket bounds of histograms that the registry does not know',
    },
    every: { type: 'string', value: 'N', help: 'test: only every N-th of the mutants' },
  },
  examples: [
    { line: 'npm run slo -- lint', does: 'judges slo/objectives: file, line, column, what and why' },
    { line: 'npm run slo -- lint sloth.yaml pyrra/', does: 'the same for specifications of Sloth, Pyrra or OpenSLO' },
    { line: 'npm run slo -- compile', does: 'writes slo/rules from slo/objectives' },
    {
      line: 'npm run slo -- check',
      does: 'generated files are fresh, promtool and amtool accept them and their tests pass',
    },
    { line: 'npm run slo -- test latency', does: 'puts one mistake at a time in its rules: do the tests find it?' },
    { line: 'npm run slo -- test --every 20', does: 'a twentieth of the mistakes in all rules, some minutes' },
  ],
  async run(context) {
    const [word, ...words] = context.words;
    const dir = path.relative(process.cwd(), objectivesDir) || '.';
    if (word === 'lint') return lint(words, [dir, path.join(dir, 'flows')], context);
    const compiled = async () => {
      const objectives = await readAllObjectives(dir);
      return { objectives, files: generatedFiles(objectives) };
    };
    if (word === 'compile') {
      const { objectives, files } = await compiled();
      return compile(objectives, files);
    }
    if (word === 'check' || word === 'test') {
      const { objectives, files } = await compiled();
      const checked = await checkFiles(rulesDir, files, objectives.length, context);
      return word === 'check' ? checked : testRules(files, words, context);
    }
    throw usage(`slo needs the word lint, compile, check or test, not "${word ?? ''}"`, 'npm run slo -- --help');
  },
};

async function compile(objectives: Objective[], files: GeneratedFile[]): Promise<Outcome> {
  for (const { name, text } of files) await writeFile(path.join(rulesDir, name), text);
  const names = files.map(({ name }) => `slo/rules/${name}`);
  return {
    exitCode: EXIT.pass,
    data: { objectives: objectives.length, written: names },
    text: `${objectives.length} objectives -> ${names.join(', ')}\nnext: npm run slo -- check`,
  };
}
