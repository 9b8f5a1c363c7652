// `npm run slo -- test`: the rule tests on rules with one mistake each; the share that they find must be at least 95 %.
import { type Command, type Context, type Outcome, positive } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { table } from '../../cli/table.ts';
import { checkFiles } from '../compile/check-files.ts';
import { generatedFiles } from '../compile/files.ts';
import { promtool } from '../compile/promtool.ts';
import { nothingChecked } from '../failures.ts';
import { readAllObjectives } from '../objectives/read.ts';
import { objectivesDir, rulesDir } from '../paths.ts';
import type { Kind } from './mutants.ts';
import { type Fate, runMutants } from './run.ts';

export const MIN_KILLED = 0.95;

export const command: Command = {
  name: 'slo -- test',
  summary: 'Puts one mistake at a time into the rules: do their tests find it?',
  words: '[objective…]',
  options: { every: { type: 'string', value: 'N', help: 'only every N-th of the mistakes' } },
  examples: [
    { line: 'npm run slo -- test latency', does: 'every mistake in the rules of one objective' },
    { line: 'npm run slo -- test --every 20', does: 'a twentieth of the mistakes in all rules, some minutes' },
  ],
  run: testRules,
};

async function testRules(context: Context): Promise<Outcome> {
  const { words, options, progress, signal } = context;
  const objectives = await readAllObjectives(objectivesDir);
  const files = generatedFiles(objectives);
  await checkFiles(rulesDir, files, objectives.length, context);
  const every = options.every === undefined ? 1 : positive('every', options.every, 'mutants');
  const tool = await promtool(signal);
  progress.step(`promtool ${tool.version}: one mistake at a time`);
  const fates: Fate[] = [];
  for (const only of words.length > 0 ? words : [undefined]) {
    fates.push(...(await runMutants(files, { tool, progress, signal, every, ...(only !== undefined && { only }) })));
  }
  if (fates.length === 0) throw nothingChecked('mutants');
  const survivors = fates.filter(({ killed }) => !killed);
  const share = 1 - survivors.length / fates.length;
  return {
    exitCode: share >= MIN_KILLED ? EXIT.pass : EXIT.regression,
    data: { mutants: fates.length, killedRatio: share, survivors: survivors.map(({ what }) => what) },
    text: [
      table(['changed', 'mutants', 'killed'], rows(fates)),
      ...survivors.map(({ what }) => `survived: ${what}`),
      `${fates.length - survivors.length} of ${fates.length} mutants killed: ${(share * 100).toFixed(1)} % (at least ${MIN_KILLED * 100} %)`,
    ].join('\n'),
  };
}

function rows(fates: Fate[]): string[][] {
  const kinds: Kind[] = ['factor', 'window', 'comparison', 'selector', 'for'];
  return kinds.map((kind) => {
    const of = fates.filter((fate) => fate.kind === kind);
    return [kind, String(of.length), String(of.filter(({ killed }) => killed).length)];
  });
}
