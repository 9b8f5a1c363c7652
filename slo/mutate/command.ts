// `npm run slo -- test`: the rule tests on rules with one mistake each; the share that they find must be at least 95 %.
import { type Context, type Outcome, positive } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { table } from '../../cli/table.ts';
import type { GeneratedFile } from '../compile/files.ts';
import { promtool } from '../compile/promtool.ts';
import { nothingChecked } from '../failures.ts';
import type { Kind } from './mutants.ts';
import { type Fate, runMutants } from './run.ts';

export const MIN_KILLED = 0.95;

/** @param words the objectives whose rules are mutated; all when there are none */
export async function testRules(files: GeneratedFile[], words: readonly string[], context: Context): Promise<Outcome> {
  const { progress, signal, options } = context;
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
