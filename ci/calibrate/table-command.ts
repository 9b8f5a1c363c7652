// npm run gate:calibrate -- table: the committed table, as it was made.
import { readFile } from 'node:fs/promises';
import { type Command, type Context, type Outcome, usage } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { shownPath } from '../../loadtests/run/result.ts';
import { failures } from './failures.ts';
import { TABLE_JSON, TABLE_MD } from './files.ts';
import { terminalReport } from './report/terminal.ts';
import type { CalibrationTable } from './table.ts';

export const command: Command = {
  name: 'gate:calibrate -- table',
  summary: 'Shows the last committed table: how often the gate was wrong, when, on which machine, on how many pairs.',
  options: {},
  examples: [
    { line: 'npm run gate:calibrate -- table', does: 'goals and verdicts; everything is in ci/calibrate/table.md' },
  ],
  run,
};

async function run({ words }: Context): Promise<Outcome> {
  if (words.length > 0) throw usage(`table takes no words: ${words.join(' ')}`, 'npm run gate:calibrate -- table');
  const text = await readFile(TABLE_JSON, 'utf8').catch(() => {
    throw failures.noTable(shownPath(TABLE_JSON));
  });
  const table = JSON.parse(text) as CalibrationTable;
  const next = 'npm run gate:calibrate -- record --minutes 30';
  return { exitCode: EXIT.pass, data: table, text: terminalReport(table, { page: shownPath(TABLE_MD), next }) };
}
