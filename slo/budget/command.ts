// `npm run slo -- budget`: a month of a source in, what is left of every error budget out, and the report that a manager reads.
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Command, type Context, type Outcome, usage } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { table } from '../../cli/table.ts';
import { readAllObjectives } from '../objectives/read.ts';
import { objectivesDir } from '../paths.ts';
import { readRecords, recordsDir } from '../postmortem/records.ts';
import { DEFAULT_SOURCE, openSource } from '../source/source.ts';
import { durationText } from './account.ts';
import { readMaintenance } from './maintenance.ts';
import { minuteText, monthOf } from './month.ts';
import { type MonthBudget, monthBudget } from './month-budget.ts';
import { isMissed, reportOf, SUMMARY_HEADER, summaryRow } from './report/content.ts';
import { htmlReport } from './report/html.ts';
import { markdownReport } from './report/markdown.ts';

const root = path.resolve(import.meta.dirname, '../..');
const here = (file: string) => path.relative(process.cwd(), path.join(root, file));

export const command: Command = {
  name: 'slo -- budget',
  summary: 'What is left of the error budgets of a calendar month (UTC), spent on what, as a report for managers.',
  options: {
    month: { type: 'string', value: 'YYYY-MM', help: 'the month; without it the present one, or the last of a file' },
    source: {
      type: 'string',
      value: 'URL|FILE',
      help: 'a Prometheus, or a recorded file (OpenMetrics with timestamps)',
      default: DEFAULT_SOURCE,
    },
    maintenance: {
      type: 'string',
      value: 'FILE',
      help: 'declared maintenance windows (default slo/budget/maintenance.yaml)',
    },
    records: { type: 'string', value: 'DIR', help: 'postmortems (default slo/postmortem/records)' },
    out: { type: 'string', value: 'DIR', help: 'where the report goes (default reports/budget-YYYY-MM)' },
  },
  examples: [
    { line: 'npm run slo -- budget', does: 'the present month, from the Prometheus of npm run stack -- up' },
    {
      line: 'npm run slo -- budget --month 2026-10 --source http://prometheus:9090',
      does: 'a month that is over; its report can be sent',
    },
    { line: 'npm run slo -- budget --source recorded.om', does: 'the same from a recorded file' },
  ],
  run: (context) => budget(context, Date.now() / 1000),
};

/** @param nowSeconds decides which part of the month has passed */
export async function budget({ options, words, progress, signal }: Context, nowSeconds: number): Promise<Outcome> {
  if (words.length > 0) throw usage(`budget takes no word "${words[0]}"`, 'npm run slo -- budget --help');
  if (options.month !== undefined) monthOf(String(options.month), nowSeconds);
  const objectives = await readAllObjectives(objectivesDir);
  const names = objectives.map(({ name }) => name);
  const maintenance = await readMaintenance(String(options.maintenance ?? here('slo/budget/maintenance.yaml')), names);
  const incidents = await readRecords(String(options.records ?? recordsDir));
  const source = await openSource(String(options.source), { progress, signal });
  try {
    const text = options.month as string | undefined;
    const month = monthOf(text, text === undefined ? (source.extent?.toSeconds ?? nowSeconds) : nowSeconds);
    const found = await monthBudget(source, { month, nowSeconds, objectives, maintenance, incidents, progress });
    const folder = await writeReport(found, String(options.out ?? here(`reports/budget-${month.name}`)));
    return {
      exitCode: found.accounts.some(isMissed) ? EXIT.objective : EXIT.pass,
      data: { ...found, report: folder, accounts: found.accounts.map(({ course: _, ...account }) => account) },
      text: textOf(found, folder),
    };
  } finally {
    await source.stop();
  }
}

/** Each file is whole or not there: a reader never sees half of it. */
async function writeReport(found: MonthBudget, folder: string): Promise<string> {
  const report = reportOf(found);
  await mkdir(folder, { recursive: true });
  const files = {
    'budget.html': htmlReport(report),
    'budget.md': markdownReport(report),
    'budget.json': `${JSON.stringify(found, null, 2)}\n`,
  };
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name);
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  }
  return folder;
}

function textOf(found: MonthBudget, folder: string): string {
  const windows = found.accounts.flatMap(({ objective, total, excluded, counts }) =>
    (total > 0 ? excluded : []).map(
      (window) =>
        `maintenance ${minuteText(window.fromSeconds)} UTC, ${durationText(window.toSeconds - window.fromSeconds)} ` +
        `(${window.reason}, ${window.who}): ${window.bad} bad of ${window.total} ${counts} taken out of ${objective}`,
    ),
  );
  const unwritten = found.episodes.filter(({ isPage, postmortem }) => isPage && !postmortem);
  return [
    table(SUMMARY_HEADER, found.accounts.map(summaryRow)),
    '',
    ...windows,
    ...found.notes,
    ...unwritten.map(
      ({ alert, fromSeconds }) => `${alert} paged at ${minuteText(fromSeconds)} UTC and has no postmortem`,
    ),
    '',
    `report: ${path.join(folder, 'budget.html')}, budget.md, budget.json`,
    unwritten.length > 0 ? `next: npm run slo -- postmortem ${unwritten[0]!.alert}` : 'next: npm run slo -- forecast',
  ].join('\n');
}
