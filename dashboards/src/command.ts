// `npm run dashboards -- build | check`: the pages from TypeScript, and the proof that they are fresh and ask for what exists.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Command, type Outcome, usage } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { type Checked, checkDashboard, type Dashboard } from './check.ts';
import { nothingChecked, stale, wrong } from './failures.ts';
import { PAGES, pageText } from './page.ts';
import { readTargets } from './targets.ts';

const root = path.resolve(import.meta.dirname, '../..');
const DIR = 'dashboards/grafana';

export const command: Command = {
  name: 'dashboards',
  summary: 'Makes the Grafana pages from dashboards/src and the objectives, and checks them.',
  words: 'build|check',
  options: {},
  examples: [
    { line: 'npm run dashboards -- build', does: `writes ${DIR}/*.json` },
    {
      line: 'npm run dashboards -- check',
      does: 'the pages are fresh, and every series and label they ask for exists',
    },
  ],
  async run({ words: [word] }) {
    if (word !== 'build' && word !== 'check') {
      throw usage(`dashboards needs the word build or check, not "${word ?? ''}"`, 'npm run dashboards -- --help');
    }
    const targets = await readTargets(path.join(root, 'slo/objectives'));
    const all: Checked = { panels: 0, queries: 0, problems: [] };
    for (const page of PAGES) {
      const text = pageText(page, targets);
      const { panels, queries } = checkPage(text);
      all.panels += panels;
      all.queries += queries;
      const name = `${DIR}/${page.file}`;
      const file = path.join(root, name);
      if (word === 'build') await writeFile(file, text);
      else if ((await readFile(file, 'utf8').catch(() => undefined)) !== text) throw stale(name);
    }
    return outcome(word, all);
  },
};

function checkPage(text: string): Checked {
  const checked = checkDashboard(JSON.parse(text) as Dashboard);
  if (checked.problems.length > 0) throw wrong(checked.problems);
  if (checked.panels === 0 || checked.queries === 0) throw nothingChecked();
  return checked;
}

function outcome(word: 'build' | 'check', { panels, queries }: Checked): Outcome {
  const files = PAGES.map(({ file }) => `${DIR}/${file}`);
  const done = word === 'build' ? `written to ${files.join(' and ')}` : 'fresh';
  return {
    exitCode: EXIT.pass,
    data: { files, panels, queries },
    text: `${panels} panels, ${queries} queries: every series and label exists; ${done}`,
  };
}
