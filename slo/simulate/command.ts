// `npm run slo -- simulate`: seeded traffic and faults through the rules that are made of the objectives; a table and a page.
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Command, type Context, type Outcome, positive, usage } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { unknownObjective } from '../failures.ts';
import { type Objective, readAllObjectives } from '../objectives/read.ts';
import { objectivesDir } from '../paths.ts';
import { faultText, readFault } from './fault.ts';
import { htmlReport } from './html.ts';
import { EVERYTHING, promisesOf } from './promises.ts';
import { SCRAPE_MS } from './run.ts';
import { type SavedTable, tableText } from './saved.ts';
import { type Plan, simulate } from './table.ts';
import { asText, faultCells, makerCells, promiseCells, quietCells } from './text.ts';
import { ARRIVALS, type Arrivals } from './traffic.ts';

/** Everything at once, a fifth of it, growing, and coming and going. */
const FAULTS = ['1:1h', '0.2:4h', '1:2h:ramp', '0.5:2h:flapping'];
const BURNS = [0.2, 0.6];
const SAVED = path.join(import.meta.dirname, 'table.json');

export const command: Command = {
  name: 'slo -- simulate',
  summary: 'Simulates months and faults: how soon the rules page, how often for nothing, by request rate.',
  words: '[objective…]',
  options: {
    seed: { type: 'string', value: 'N', help: 'of all random numbers: the same seed, the same table', default: '1' },
    months: {
      type: 'string',
      value: 'N',
      help: 'months without a fault, for false pages (a twentieth from 1/s on)',
      default: '20',
    },
    trials: { type: 'string', value: 'N', help: 'times that each fault is put in', default: '40' },
    rates: { type: 'string', value: 'LIST', help: 'requests per second', default: '0.003,0.01,0.1,1,10,100' },
    traffic: {
      type: 'string',
      value: 'LIST',
      help: `${ARRIVALS.join(', ')}; faults meet the first`,
      default: 'poisson,diurnal',
    },
    fault: { type: 'string', value: 'LIST', help: 'share:length[:step|ramp|flapping]', default: FAULTS.join(',') },
    'new-series': {
      type: 'string',
      value: 'N',
      help: 'bad events spread over so many series that begin with them, as a status code that no route has answered yet',
    },
    'month-days': { type: 'string', value: 'N', help: 'length of the month, for the thresholds', default: '30' },
    report: { type: 'string', value: 'DIR', help: 'where the page and the table go', default: 'reports/simulate' },
    save: { type: 'boolean', help: 'also writes slo/simulate/table.json, which is committed' },
  },
  examples: [
    { line: 'npm run slo -- simulate', does: 'all objectives, some minutes: our rules, and those of Sloth and Pyrra' },
    { line: 'npm run slo -- simulate errors --rates 0.01 --fault 1:30m', does: 'one outage where requests are few' },
    {
      line: 'npm run slo -- simulate errors --rates 0.01 --fault 1:1h --new-series 10',
      does: 'the same while every route answers its first 500: increase() does not see the first event of a series',
    },
    { line: 'npm run slo -- simulate --months 100 --trials 100 --save', does: 'the committed table, some ten minutes' },
  ],
  run,
};

async function run({ words, options, progress, signal }: Context): Promise<Outcome> {
  const objectives = chosen(await readAllObjectives(objectivesDir), words);
  const plan = planOf(options);
  if (options.save && (words.length > 0 || plan.newSeries)) {
    throw usage('--save is for all objectives as they are', 'leave names and --new-series away');
  }
  const pause = async () => {
    await setImmediate();
    signal.throwIfAborted();
  };
  progress.step(`up to ${plan.months} months and ${plan.trials} of each fault, seed ${plan.seed}`);
  const rows = await simulate(objectives, plan, progress.tick, pause);
  const table: SavedTable = {
    about: {
      seed: plan.seed,
      date: new Date(Date.now()).toISOString().slice(0, 10),
      commit: await commit(),
      machine: `${os.cpus()[0]?.model.trim() || 'unknown processor'}, ${os.availableParallelism()} cores`,
      node: process.versions.node,
      months: plan.months,
      trials: plan.trials,
      monthDays: plan.monthDays,
      scrapeSeconds: SCRAPE_MS / 1000,
    },
    promises: promisesOf(rows),
    ...rows,
  };
  const dir = String(options.report);
  await mkdir(dir, { recursive: true });
  const page = path.join(dir, 'index.html');
  const everything = faultText(EVERYTHING);
  await writeFile(page, htmlReport(table, everything));
  await writeFile(path.join(dir, 'table.json'), tableText(table));
  if (options.save) await writeFile(SAVED, tableText(table));
  const missed = table.promises.filter(({ holds }) => !holds).length;
  const sections = [faultCells(table), quietCells(table), makerCells(table, everything), promiseCells(table.promises)];
  return {
    exitCode: missed > 0 ? EXIT.objective : EXIT.pass,
    data: table,
    text: [
      ...sections.filter((cells) => cells.rows.length > 0).flatMap((cells) => [asText(cells), '']),
      `${table.promises.length - missed} of ${table.promises.length} promises hold`,
      `page: ${page}`,
      'next: npm run slo -- drill',
    ].join('\n'),
  };
}

function chosen(objectives: Objective[], words: readonly string[]): Objective[] {
  const known = objectives.map(({ name }) => name);
  for (const word of words) if (!known.includes(word)) throw unknownObjective(word, known);
  return words.length === 0 ? objectives : objectives.filter(({ name }) => words.includes(name));
}

function planOf(options: Context['options']): Plan {
  const whole = (name: string, unit: string) => {
    const value = positive(name, options[name], unit);
    if (!Number.isInteger(value)) throw usage(`--${name} is no whole number`, `for example --${name} 10`);
    return value;
  };
  const list = (name: string) => String(options[name]).split(',');
  const monthDays = whole('month-days', 'days');
  if (monthDays < 28 || monthDays > 31) throw usage('--month-days is no length of a month', '28 to 31');
  const arrivals = list('traffic') as Arrivals[];
  for (const one of arrivals) {
    if (!ARRIVALS.includes(one)) throw usage(`--traffic knows no "${one}"`, `one or more of ${ARRIVALS.join(', ')}`);
  }
  return {
    seed: whole('seed', 'anything'),
    monthDays,
    months: whole('months', 'months'),
    trials: whole('trials', 'faults'),
    ratesPerSecond: list('rates').map((rate) => positive('rates', rate, 'requests per second')),
    arrivals,
    burns: BURNS,
    faults: list('fault').map(readFault),
    ...(options['new-series'] !== undefined && { newSeries: whole('new-series', 'series') }),
  };
}

/** Empty outside of a repository. */
const commit = () =>
  promisify(execFile)('git', ['rev-parse', 'HEAD'], { cwd: import.meta.dirname }).then(
    ({ stdout }) => stdout.trim(),
    () => '',
  );
