// A recorded file in which the day of exhaustion is planted.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, test } from 'node:test';
import { silent } from '../../cli/progress.ts';
import { readAllObjectives } from '../objectives/read.ts';
import type { Series } from '../source/source.ts';
import { recordingsFolder, seriesOf, withSource } from '../source/testing.ts';
import { forecast } from './command.ts';
import { historyOf } from './history.ts';

const folder = await recordingsFolder();
after(folder.remove);
const root = path.resolve(import.meta.dirname, '../..');
const HOUR = 3600;
const DAY = 86_400;
const END = Date.UTC(2026, 3, 16) / 1000;
const START = END - 42 * DAY;
const COUNT = 'http_server_request_duration_seconds_count';

function counter(code: string, perHour: (at: number) => number, from = START): Series {
  const samples: Series['samples'] = [];
  let value = 0;
  for (let at = from; at <= END; at += HOUR) {
    if (at > from) value += perHour(at);
    samples.push([at, value]);
  }
  const labels = { job: 'api', instance: 'a:1', http_route: '/api/v1/members', http_response_status_code: code };
  return seriesOf(COUNT, labels, samples);
}
const context = (options: Record<string, string | boolean>) => ({
  words: [],
  options: { history: '42', seed: '1', rounds: '2', ...options },
  json: true,
  progress: silent,
  signal: new AbortController().signal,
});

// 240,000 events a day: April allows 36,000 bad ones. 80 come an hour: 28,800 in fifteen days of April.
const file = await folder.write([counter('200', () => 10_000 - 80), counter('500', () => 80)]);

test('at 1,920 bad events a day the budget of 36,000 is gone 3.75 days after the 16th of April', async () => {
  const outcome = await forecast(context({ source: file }), END + 40 * DAY);
  assert.equal(outcome.exitCode, 0);
  const { atSeconds, forecasts } = outcome.data as {
    atSeconds: number;
    forecasts: { objective: string; state: string; left: number; likely: number; daysAtLastHour: number }[];
  };
  assert.equal(atSeconds, END);
  const errors = forecasts.find(({ objective }) => objective === 'errors')!;
  assert.ok(Math.abs(errors.left - (36_000 - 28_800)) < 1e-6);
  assert.ok(Math.abs(errors.likely - 3.75) < 1e-9);
  assert.ok(Math.abs(errors.daysAtLastHour - 3.75) < 1e-9);
  assert.match(outcome.text, /errors +20 % +2026-04-19 18:00 to 2026-04-19 18:00/);
  assert.match(outcome.text, /freshness +- +cannot be known: there were no events/);
});

test('the past of a source is tried as well, and days that are not known are not days without errors', async () => {
  const { data } = await forecast(context({ source: file, backtest: true }), END + DAY);
  const { past } = data as { past: { what: string; aheadDays: number; forecasts: number; inside: number }[] };
  // 42 days, the first 14 are the least that is needed.
  assert.deepEqual(
    past
      .filter(({ what }) => what === 'errors')
      .map(({ aheadDays, forecasts, inside }) => [aheadDays, forecasts, inside]),
    [
      [1, 28, 1],
      [3, 26, 1],
      [7, 22, 1],
      [14, 1, 1],
    ],
  );
  const errors = (await readAllObjectives(path.join(root, 'slo/objectives'))).find(({ name }) => name === 'errors')!;
  const late = await folder.write([counter('200', () => 100, END - 20 * DAY)]);
  const maintenance = [{ fromSeconds: END - 2 * DAY, toSeconds: END - DAY, reason: 'r', who: 'w' }];
  const known = await withSource(late, (source) =>
    historyOf(source, errors, { nowSeconds: END, days: 42, maintenance }),
  );
  assert.equal(known.total.length, 20);
  assert.deepEqual(known.total.slice(-3), [2400, 0, 2400]);
});

test('a source without any event ends with exit code 4, a word and a number that make no sense with 2', async () => {
  const empty = await folder.write([seriesOf('other', { job: 'x' }, [[END, 1]])]);
  await assert.rejects(forecast(context({ source: empty }), END), { code: 'budget.no-events', exitCode: 4 });
  await assert.rejects(forecast({ ...context({}), words: ['now'] }, END), { code: 'usage', exitCode: 2 });
  await assert.rejects(forecast(context({ history: '1.5' }), END), { code: 'usage', exitCode: 2 });
});
