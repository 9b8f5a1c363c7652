// npm run history -- csv: the series as a table for Apache Otava or a spreadsheet.
import path from 'node:path';
import type { Command, Context, Outcome } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { shownPath, writeWhole } from '../../loadtests/run/result.ts';
import { otavaConfig, toCsv } from './csv.ts';
import { failures } from './failures.ts';
import { historyOf, STORE_OPTIONS } from './options.ts';
import { toSeries } from './series.ts';

export const command: Command = {
  name: 'history -- csv',
  summary: 'Writes the series as CSV, with a configuration for Apache Otava beside it.',
  options: {
    ...STORE_OPTIONS,
    out: { type: 'string', value: 'DIR', help: 'folder of the two files', default: 'reports/history' },
  },
  examples: [
    {
      line: 'npm run history -- csv && OTAVA_CONFIG=reports/history/otava.yaml otava analyze performance',
      does: 'a second opinion on the change points (pip install apache-otava)',
    },
  ],
  run,
};

async function run(context: Context): Promise<Outcome> {
  if (context.words.length > 0) throw failures.words(context.words, 'npm run history -- csv --help');
  const { history } = await historyOf(context);
  const out = path.resolve(String(context.options.out));
  const [csvFile, configFile] = [path.join(out, 'history.csv'), path.join(out, 'otava.yaml')];
  const { text, metrics, leftOut } = toCsv(toSeries(history.records));
  await writeWhole(csvFile, text);
  await writeWhole(configFile, otavaConfig(csvFile, metrics));
  for (const metric of leftOut) context.progress.note(`${metric} is left out: some results do not have it`);
  return {
    exitCode: EXIT.pass,
    data: { csv: csvFile, otava: configFile, rows: history.records.length, metrics, leftOut },
    text: [
      `${history.records.length} results, ${metrics.length} metrics`,
      '',
      `table:  ${shownPath(csvFile)}`,
      `next:   OTAVA_CONFIG=${shownPath(configFile)} otava analyze performance`,
    ].join('\n'),
  };
}
