// `npm run slo -- compile | check`: objectives to rules and rule tests, and the proof that both are fresh and do what they say.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Command, type Context, type Outcome, usage } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { nothingChecked, stale } from '../failures.ts';
import { type Objective, readObjectives } from '../objectives/read.ts';
import { type GeneratedFile, generatedFiles, RULES_FILE } from './files.ts';
import { promtool } from './promtool.ts';

const root = path.resolve(import.meta.dirname, '../..');
const objectivesDir = path.join(root, 'slo/objectives');
const rulesDir = path.join(root, 'slo/rules');

export const command: Command = {
  name: 'slo',
  summary: 'Makes alert rules and their tests from the objectives, and checks them.',
  words: 'compile|check',
  options: {},
  examples: [
    { line: 'npm run slo -- compile', does: 'writes slo/rules from slo/objectives' },
    {
      line: 'npm run slo -- check',
      does: 'generated files are fresh, promtool accepts the rules and their tests pass',
    },
  ],
  async run(context) {
    const objectives = await readObjectives(path.relative(process.cwd(), objectivesDir) || '.');
    const files = generatedFiles(objectives);
    if (context.words[0] === 'compile') return compile(objectives, files);
    if (context.words[0] === 'check') return check(objectives, files, context);
    throw usage(`slo needs the word compile or check, not "${context.words[0] ?? ''}"`, 'npm run slo -- --help');
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

async function check(objectives: Objective[], files: GeneratedFile[], context: Context): Promise<Outcome> {
  const old: string[] = [];
  for (const { name, text } of files) {
    const written = await readFile(path.join(rulesDir, name), 'utf8').catch(() => undefined);
    if (written !== text) old.push(`slo/rules/${name}`);
  }
  if (old.length > 0) throw stale(old);
  const tool = await promtool(context.signal);
  context.progress.step(`promtool ${tool.version}: checking ${RULES_FILE}`);
  const rules = await tool.checkRules(path.join(rulesDir, RULES_FILE));
  if (rules === 0) throw nothingChecked('rules');
  let tests = 0;
  for (const { name, text } of files) {
    if (!name.endsWith('.test.yaml')) continue;
    const count = text.match(/^ {2}- name: /gm)?.length ?? 0;
    context.progress.step(`promtool: ${count} tests of ${name}`);
    await tool.testRules(path.join(rulesDir, name));
    tests += count;
  }
  if (tests === 0) throw nothingChecked('rule tests');
  return {
    exitCode: EXIT.pass,
    data: { objectives: objectives.length, rules, tests, promtool: tool.version },
    text: `${objectives.length} objectives, ${rules} rules, ${tests} rule tests: fresh, accepted and passed (promtool ${tool.version})`,
  };
}
