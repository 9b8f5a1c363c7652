// npm run history -- show: what changed and when, in the terminal and as a page.
import path from 'node:path';
import type { Command, Context, Outcome } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { shownPath, writeWhole } from '../../loadtests/run/result.ts';
import { failures } from './failures.ts';
import { findingsOf } from './findings.ts';
import { historyOf, STORE_OPTIONS } from './options.ts';
import { htmlHistory, terminalHistory } from './report.ts';
import { toSeries } from './series.ts';

export const command: Command = {
  name: 'history -- show',
  summary: 'Draws every metric over the commits and names the changes: steps, and creeps that no single gate can see.',
  words: '[metric]',
  options: {
    ...STORE_OPTIONS,
    out: { type: 'string', value: 'DIR', help: 'folder of the report', default: 'reports/history' },
  },
  examples: [
    { line: 'npm run history -- show', does: 'all metrics' },
    { line: 'npm run history -- show cpu-per-request --store folder:/srv/performance', does: 'one metric of a folder' },
  ],
  run,
};

async function run(context: Context): Promise<Outcome> {
  const [metric, ...others] = context.words;
  if (others.length > 0) throw failures.words(context.words, 'npm run history -- show response-p95');
  const { store, history } = await historyOf(context);
  const all = toSeries(history.records);
  const series = metric === undefined ? all : all.filter((one) => one.metric === metric);
  if (series.length === 0 && metric !== undefined)
    throw failures.unknownMetric(
      metric,
      all.map((one) => one.metric),
    );
  const findings = series.flatMap((one) => findingsOf(one));
  const report = { store: store.name, history, series, findings };
  const page = path.join(path.resolve(String(context.options.out)), 'history.html');
  await writeWhole(page, htmlHistory(report));
  return { exitCode: EXIT.pass, data: { ...report, page }, text: terminalHistory(report, shownPath(page)) };
}
