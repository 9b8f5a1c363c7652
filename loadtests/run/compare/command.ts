// npm run compare: two results of runs side by side, with intervals; no verdict.
import path from 'node:path';
import type { Command, Context, Outcome } from '../../../cli/command.ts';
import { usage } from '../../../cli/command.ts';
import { EXIT } from '../../../cli/exit.ts';
import { failures } from '../failures.ts';
import { readRun } from '../read.ts';
import { type RunResult, shownPath, writeWhole } from '../result.ts';
import { compare, differences } from './compare.ts';
import { comparisonHtml, comparisonText } from './report.ts';

const ROOT = path.join(import.meta.dirname, '..', '..', '..');

export const command: Command = {
  name: 'compare',
  summary: 'Sets two runs of the same scenario side by side, with intervals. Gives no verdict: npm run gate does.',
  words: '<A> <B>',
  options: {
    anyway: { type: 'boolean', help: 'also runs of different workloads, and INVALID ones' },
    out: { type: 'string', value: 'DIR', help: 'where the report goes (default reports/compare-<start of B>)' },
  },
  examples: [
    { line: 'npm run compare -- reports/A reports/B', does: 'two folders of runs; A is what B is set against' },
    { line: 'npm run compare -- a/result.json b/result.json --json', does: 'the same of two files, one JSON object' },
  ],
  run,
};

async function run({ words, options }: Context): Promise<Outcome> {
  const [first, second, ...more] = words;
  if (first === undefined || second === undefined || more.length > 0) {
    throw usage('name two runs', 'for example npm run compare -- reports/A reports/B');
  }
  const [a, b] = [await readRun(first), await readRun(second)];
  if (options.anyway !== true) refuse(a, b, { first, second });
  const comparison = compare(a, b);
  const name = `compare-${b.startedAt.slice(0, 19).replaceAll(':', '').replace('T', '-')}`;
  const dir = path.resolve(String(options.out ?? path.join(ROOT, 'reports', name)));
  const report = path.join(dir, 'compare.html');
  try {
    await writeWhole(path.join(dir, 'compare.json'), `${JSON.stringify(comparison)}\n`);
    await writeWhole(report, comparisonHtml(comparison, { a, b }));
  } catch (error) {
    throw failures.notWritten(dir, (error as Error).message);
  }
  const text = comparisonText(comparison, { report: shownPath(report) });
  return { exitCode: EXIT.pass, text, data: { report, ...comparison } };
}

/** Throws `compare.invalid` or `compare.different`. */
function refuse(a: RunResult, b: RunResult, { first, second }: { first: string; second: string }): void {
  for (const [name, run] of [
    [first, a],
    [second, b],
  ] as const) {
    if (!run.validity.valid)
      throw failures.comparedInvalid(name, run.validity.reasons[0]?.message ?? 'no reason given');
  }
  const found = differences(a, b);
  if (found.length > 0) throw failures.comparedDifferent(found.join('; '));
}
