// For tests of budgets: series of months made by hand, and the account of one objective in them.
import path from 'node:path';
import { silent } from '../../cli/progress.ts';
import { readAllObjectives } from '../objectives/read.ts';
import type { Series } from '../source/source.ts';
import { seriesOf, withSource } from '../source/testing.ts';
import type { Account } from './account.ts';
import { type MonthOptions, monthBudget } from './month-budget.ts';

export const root = path.resolve(import.meta.dirname, '../..');
const objectives = await readAllObjectives(path.join(root, 'slo/objectives'));
export const byName = (name: string) => objectives.find((objective) => objective.name === name)!;

export const MINUTE = 60;
export const HOUR = 3600;
export const DAY = 86_400;
export const AFTER = Date.UTC(2027, 0) / 1000;
export const API = { job: 'api', instance: 'a:1' };
export const PROBE = { job: 'probe', instance: 'p:1' };
const ROUTE = { http_route: '/api/v1/members', http_request_method: 'GET' };

/** A counter that is scraped every five minutes unless told otherwise; `perScrape` says what was counted since the scrape before. */
export function counter(
  name: string,
  labels: Record<string, string>,
  { from, to, start = 0, every = 5 * MINUTE }: { from: number; to: number; start?: number; every?: number },
  perScrape: (at: number) => number,
): Series {
  const samples: Series['samples'] = [];
  let value = start;
  for (let at = from; at <= to; at += every) {
    if (at > from) value += perScrape(at);
    samples.push([at, value]);
  }
  return seriesOf(name, labels, samples);
}

export function gauge(
  name: string,
  labels: Record<string, string>,
  from: number,
  to: number,
  value: (at: number) => number,
) {
  const samples: Series['samples'] = [];
  for (let at = from; at <= to; at += 5 * MINUTE) samples.push([at, value(at)]);
  return seriesOf(name, labels, samples);
}

export const COUNT = 'http_server_request_duration_seconds_count';
export const status = (code: string) => ({ ...API, ...ROUTE, http_response_status_code: code });

type AccountOptions = Partial<MonthOptions> & { month: MonthOptions['month'] };

/** Gives the account of one objective in a recorded file, or in series that become one in the folder. */
export const accountsIn =
  (folder: { write(series: Series[]): Promise<string> }) =>
  async (recorded: Series[] | string, name: string, options: AccountOptions): Promise<Account> => {
    const file = typeof recorded === 'string' ? recorded : await folder.write(recorded);
    const { accounts } = await withSource(file, (source) =>
      monthBudget(source, {
        nowSeconds: AFTER,
        objectives: [byName(name)],
        maintenance: [],
        incidents: [],
        progress: silent,
        ...options,
      }),
    );
    return accounts[0]!;
  };

/** A gauge of 1 that is 0 for half an hour. */
export const outage = (start: number) => (at: number) => (at >= start && at < start + 30 * MINUTE ? 0 : 1);
