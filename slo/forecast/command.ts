// `npm run slo -- forecast`: the past of every objective in, when its budget of this month will be gone out, or why nobody can know.
import path from 'node:path';
import { type Command, type Context, type Outcome, positive, usage } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { table } from '../../cli/table.ts';
import { failures } from '../budget/failures.ts';
import { readMaintenance } from '../budget/maintenance.ts';
import { minuteText } from '../budget/month.ts';
import { requireSameClock } from '../budget/month-budget.ts';
import { queriesOf } from '../compile/check.ts';
import { readAllObjectives } from '../objectives/read.ts';
import { objectivesDir } from '../paths.ts';
import { DEFAULT_SOURCE, openSource } from '../source/source.ts';
import { backtestHistory, backtestShapes, type Coverage } from './backtest.ts';
import { type Forecast, forecastOf } from './forecast.ts';
import { historyOf } from './history.ts';
import { COVERAGE } from './model.ts';

const root = path.resolve(import.meta.dirname, '../..');
const MAINTENANCE = path.relative(process.cwd(), path.join(root, 'slo/budget/maintenance.yaml'));
const DAY = 86_400;

export const command: Command = {
  name: 'slo -- forecast',
  summary: 'When the error budgets of this month will be gone, with an interval that was tried on the past.',
  options: {
    source: {
      type: 'string',
      value: 'URL|FILE',
      help: `a Prometheus, or a recorded file (default ${DEFAULT_SOURCE})`,
    },
    maintenance: {
      type: 'string',
      value: 'FILE',
      help: 'declared maintenance windows (default slo/budget/maintenance.yaml)',
    },
    history: { type: 'string', value: 'DAYS', help: 'how far to look back', default: '56' },
    backtest: {
      type: 'boolean',
      help: 'how often the interval held on series of known shapes, and with --source on its own past',
    },
    seed: { type: 'string', value: 'N', help: 'of the series of --backtest', default: '1' },
    rounds: { type: 'string', value: 'N', help: 'series of each shape, history and distance', default: '300' },
  },
  examples: [
    { line: 'npm run slo -- forecast', does: 'the present month, from the Prometheus of npm run stack -- up' },
    {
      line: 'npm run slo -- forecast --source recorded.om',
      does: 'as it would have been said at the end of that file',
    },
    {
      line: 'npm run slo -- forecast --backtest',
      does: 'the share of futures that the interval holds: it must be near 80 %',
    },
  ],
  run: (context) => forecast(context, Date.now() / 1000),
};

/** @param nowSeconds the forecast begins here, or at the last sample of a recorded file */
export async function forecast(context: Context, nowSeconds: number): Promise<Outcome> {
  const { options, words } = context;
  if (words.length > 0) throw usage(`forecast takes no word "${words[0]}"`, 'npm run slo -- forecast --help');
  const days = wholeNumber('history', options.history, 'days');
  const seed = wholeNumber('seed', options.seed, 'any size');
  const rounds = wholeNumber('rounds', options.rounds, 'series');
  if (options.backtest !== true) return present(context, nowSeconds, days);
  context.progress.step(`trying ${rounds} series of each shape`);
  const shapes = backtestShapes(seed, rounds);
  const past = options.source === undefined ? [] : await backtestSource(context, nowSeconds, days);
  return {
    exitCode: EXIT.pass,
    data: { seed, rounds, coverage: COVERAGE, shapes, past },
    text: [
      `how often an interval of ${percent(COVERAGE)} held what came (seed ${seed}, ${rounds} series each)`,
      '',
      coverageTable(shapes),
      ...(past.length > 0
        ? ['', 'on the past of the source itself, forecast at each earlier day', '', coverageTable(past)]
        : []),
      '',
      'next: npm run slo -- forecast',
    ].join('\n'),
  };
}

function wholeNumber(name: string, value: string | boolean | undefined, unit: string): number {
  const number = positive(name, value, unit);
  if (!Number.isInteger(number))
    throw usage(`--${name} must be a whole number, not ${number}`, `for example --${name} 10`);
  return number;
}

async function present(context: Context, nowSeconds: number, days: number): Promise<Outcome> {
  const { atSeconds, what, found } = await histories(context, nowSeconds, days);
  const forecasts = found.map(({ objective, history }) => forecastOf(objective, history));
  if (forecasts.every(({ budget }) => budget === 0)) {
    const queries = found.map(({ objective }) => queriesOf(objective).at(-1)!);
    throw failures.nothingMeasured(what, `the last ${days} days`, [...new Set(queries)]);
  }
  return {
    exitCode: forecasts.some(({ state }) => state === 'gone') ? EXIT.objective : EXIT.pass,
    data: { atSeconds, source: what, forecasts },
    text: [
      `as of ${minuteText(atSeconds)} UTC, intervals of ${percent(COVERAGE)}`,
      '',
      table(
        ['objective', 'left of the month', 'gone', 'at the rate of the last hour', 'by'],
        forecasts.map((one) => row(one, atSeconds)),
      ),
      '',
      'next: npm run slo -- forecast --backtest',
    ].join('\n'),
  };
}

async function backtestSource(context: Context, nowSeconds: number, days: number): Promise<Coverage[]> {
  const { found } = await histories(context, nowSeconds, days);
  return found.flatMap(({ objective, history }) => backtestHistory(objective.name, history.bad));
}

async function histories({ options, progress, signal }: Context, nowSeconds: number, days: number) {
  const objectives = await readAllObjectives(objectivesDir);
  const names = objectives.map(({ name }) => name);
  const maintenance = await readMaintenance(String(options.maintenance ?? MAINTENANCE), names);
  const source = await openSource(String(options.source ?? DEFAULT_SOURCE), { progress, signal });
  try {
    const atSeconds = Math.floor(Math.min(nowSeconds, source.extent?.toSeconds ?? nowSeconds));
    await requireSameClock(source, atSeconds, nowSeconds);
    const found = [];
    for (const objective of objectives) {
      progress.step(`${objective.name}: the last ${days} days`);
      found.push({
        objective,
        history: await historyOf(source, objective, { nowSeconds: atSeconds, days, maintenance }),
      });
    }
    return { atSeconds, what: source.what, found };
  } finally {
    await source.stop();
  }
}

function row(one: Forecast, atSeconds: number): string[] {
  const left = one.budget > 0 ? percent(Math.max(0, one.left) / one.budget) : '-';
  const hourly =
    one.state === 'gone' || one.daysAtLastHour === null
      ? '-'
      : one.daysAtLastHour < 2
        ? `in ${(one.daysAtLastHour * 24).toFixed(1)} hours`
        : `in ${one.daysAtLastHour.toFixed(0)} days`;
  return [one.objective, left, whenText(one, atSeconds), hourly, one.state === 'forecast' ? one.model : '-'];
}

/** The answer in words, with what it cannot say. */
export function whenText(one: Forecast, atSeconds: number): string {
  if (one.state === 'gone') return 'already';
  if (one.state === 'unknown') return `cannot be known: ${one.why}`;
  const at = (days: number) => minuteText(atSeconds + days * DAY);
  const within = (days: number | null) => (days !== null && days <= one.daysLeft ? days : null);
  const [earliest, likely, latest] = [within(one.earliest), within(one.likely), within(one.latest)];
  const isWholeMonth = one.reachesDays >= one.daysLeft;
  const rest = isWholeMonth ? 'it may last the month' : `after ${at(one.reachesDays)} the history is too short to say`;
  if (earliest === null) return isWholeMonth ? 'not this month' : `not before ${at(one.reachesDays)}; ${rest}`;
  const first = `${at(earliest)} at the earliest`;
  if (latest === null) return likely === null ? `${first}; ${rest}` : `${first}, likely ${at(likely)}; ${rest}`;
  return `${at(earliest)} to ${at(latest)}, likely ${at(likely!)}`;
}

function coverageTable(rows: readonly Coverage[]): string {
  return table(
    ['series', 'days of history', 'days ahead', 'forecasts', 'inside', 'below', 'above'],
    rows.map(({ what, historyDays, aheadDays, forecasts, inside, below }) => [
      what,
      String(historyDays),
      String(aheadDays),
      String(forecasts),
      percent(inside),
      percent(below),
      percent(1 - inside - below),
    ]),
  );
}

const percent = (share: number) => `${(share * 100).toFixed(0)} %`;
