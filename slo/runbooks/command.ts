// `npm run slo -- runbook verify`: does every query of every runbook say something when it must, and nothing when all is well?
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Command, type Context, type Outcome, usage } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { table } from '../../cli/table.ts';
import { nothingChecked } from '../failures.ts';
import { readAllObjectives } from '../objectives/read.ts';
import { objectivesDir } from '../paths.ts';
import { readKnown, unknownCommands } from './commands.ts';
import { unknownPage } from './failures.ts';
import { readPages } from './pages.ts';
import { type Page, type Verdict, verify } from './verify.ts';

export const command: Command = {
  name: 'slo -- runbook',
  summary: 'Asks every query of the runbooks of what its fault has shown: an answer there, none on a healthy system.',
  words: 'verify [alert…]',
  options: {},
  examples: [
    { line: 'npm run slo -- runbook verify', does: 'all pages, on the recordings of slo/runbooks/testdata' },
    { line: 'npm run slo -- runbook verify LatencyBudgetBurn', does: 'one page' },
  ],
  run: runbook,
};

async function runbook(context: Context): Promise<Outcome> {
  const [word, ...alerts] = context.words;
  if (word !== 'verify')
    throw usage(`runbook needs the word verify, not "${word ?? ''}"`, 'npm run slo -- runbook verify');
  const all = await readPages(await readAllObjectives(objectivesDir));
  const known = all.map(({ alert }) => alert);
  for (const alert of alerts) if (!known.includes(alert)) throw unknownPage(alert, known);
  const pages = alerts.length === 0 ? all : all.filter(({ alert }) => alerts.includes(alert));
  const verdicts = await verify(pages, context);
  if (verdicts.length === 0) throw nothingChecked('queries of runbooks');
  const missing = await missingCommands(pages);
  const wrong = verdicts.filter((verdict) => verdict.wrong !== undefined);
  const count = pages.length === 1 ? '1 page' : `${pages.length} pages`;
  return {
    exitCode: wrong.length + missing.length === 0 ? EXIT.pass : EXIT.regression,
    data: { pages: pages.length, verdicts, missing },
    text: [
      table(
        ['page', 'queries', 'answered', 'silent in health', 'always answered'],
        pages.map((page) => rowOf(page, verdicts)),
      ),
      ...wrong.map(({ file, line, wrong, query }) => `${file}:${line}: ${wrong}\n    ${query}`),
      ...missing,
      wrong.length + missing.length === 0
        ? `PASS: ${verdicts.length} queries of ${count}, and every command is there`
        : `FAIL: ${wrong.length} of ${verdicts.length} queries, ${missing.length} commands, of ${count}`,
      'next: npm run slo -- drill --record, when a query or a fault is another one',
    ].join('\n'),
  };
}

function rowOf({ alert }: Page, verdicts: Verdict[]): string[] {
  const mine = verdicts.filter((verdict) => verdict.alert === alert);
  const strict = mine.filter(({ always }) => always === undefined);
  return [
    alert,
    String(mine.length),
    String(mine.filter(({ inFault }) => inFault > 0).length),
    `${strict.filter(({ inHealth }) => inHealth === 0).length} of ${strict.length}`,
    String(mine.length - strict.length),
  ];
}

async function missingCommands(pages: Page[]): Promise<string[]> {
  const known = await readKnown();
  const found = await Promise.all(
    pages.map(async ({ alert, file }) => {
      const text = await readFile(path.join(import.meta.dirname, `${alert}.md`), 'utf8');
      return unknownCommands(text, known).unknown.map((what) => `${file}: there is no ${what}`);
    }),
  );
  return found.flat();
}
