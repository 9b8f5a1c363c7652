// `npm run dashboards -- build | check`: the on-call page from TypeScript, and the proof that it is fresh and asks for what exists.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Command, type Outcome, usage } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { readObjectives } from '../../slo/objectives/read.ts';
import { type Checked, checkDashboard, type Dashboard } from './check.ts';
import { nothingChecked, stale, wrong } from './failures.ts';
import { pageText } from './page.ts';

const root = path.resolve(import.meta.dirname, '../..');
const FILE = 'dashboards/grafana/ams.json';

export const command: Command = {
  name: 'dashboards',
  summary: 'Makes the Grafana page from dashboards/src and the objectives, and checks it.',
  words: 'build|check',
  options: {},
  examples: [
    { line: 'npm run dashboards -- build', does: `writes ${FILE}` },
    { line: 'npm run dashboards -- check', does: 'the page is fresh, and every series and label it asks for exists' },
  ],
  async run({ words: [word] }) {
    if (word !== 'build' && word !== 'check') {
      throw usage(`dashboards needs the word build or check, not "${word ?? ''}"`, 'npm run dashboards -- --help');
    }
    const text = pageText(await readObjectives(path.join(root, 'slo/objectives')));
    const checked = checkPage(text);
    const file = path.join(root, FILE);
    if (word === 'build') await writeFile(file, text);
    else if ((await readFile(file, 'utf8').catch(() => undefined)) !== text) throw stale(FILE);
    return outcome(word, checked);
  },
};

function checkPage(text: string): Checked {
  const checked = checkDashboard(JSON.parse(text) as Dashboard);
  if (checked.problems.length > 0) throw wrong(checked.problems);
  if (checked.panels === 0 || checked.queries === 0) throw nothingChecked();
  return checked;
}

function outcome(word: 'build' | 'check', { panels, queries }: Checked): Outcome {
  const done = word === 'build' ? `written to ${FILE}` : 'fresh';
  return {
    exitCode: EXIT.pass,
    data: { file: FILE, panels, queries },
    text: `${panels} panels, ${queries} queries: every series and label exists; ${done}`,
  };
}
