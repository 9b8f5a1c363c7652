// The command over a file and over a Prometheus: the report, the exit codes, and what it refuses.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, test } from 'node:test';
import { silent } from '../../cli/progress.ts';
import { startPrometheus } from '../../system/local/prometheus.ts';
import { createBlocks } from '../source/recording.ts';
import { recordingsFolder, seriesOf, withSource } from '../source/testing.ts';
import type { Account } from './account.ts';
import { budget } from './command.ts';
import { monthOf } from './month.ts';
import { monthBudget } from './month-budget.ts';
import {
  AFTER,
  accountsIn,
  byName,
  COUNT,
  counter,
  DAY,
  gauge,
  HOUR,
  MINUTE,
  outage,
  PROBE,
  status,
} from './testing.ts';

const folder = await recordingsFolder();
after(folder.remove);
const account = accountsIn(folder);

test('a month without traffic names the query; an objective without events beside others has no verdict', async () => {
  const month = monthOf('2026-04', AFTER);
  const idle = [counter(COUNT, status('200'), { from: month.fromSeconds, to: month.toSeconds, start: 12 }, () => 0)];
  await assert.rejects(account(idle, 'errors', { month }), {
    code: 'budget.no-events',
    exitCode: 4,
    message: /http_server_request_duration_seconds_count\{job="api"/,
  });
  const file = await folder.write([
    ...idle,
    gauge('probe_success', PROBE, month.fromSeconds, month.toSeconds, () => 1),
  ]);
  const found = await withSource(file, (source) =>
    monthBudget(source, {
      month,
      nowSeconds: AFTER,
      objectives: [byName('availability'), byName('errors')],
      maintenance: [],
      incidents: [],
      progress: silent,
    }),
  );
  assert.deepEqual(
    found.accounts.map(({ spent }) => spent),
    [0, null],
  );
  assert.ok(found.notes.some((note) => /errors: nothing was counted by http_server/.test(note)));
});

test('NaN in a counter and a clock that jumped end the command and name what is wrong', async () => {
  const month = monthOf('2026-04', AFTER);
  const span = { from: month.fromSeconds, to: month.fromSeconds + DAY };
  const series = counter(COUNT, status('200'), span, () => 1);
  const broken = seriesOf(
    COUNT,
    status('200'),
    series.samples.map(([at], index) => [at, index === 24 ? Number.NaN : index]),
  );
  await assert.rejects(account([broken], 'errors', { month }), {
    code: 'source.nan',
    exitCode: 4,
    message: /last_over_time\(http_server/,
  });
  await assert.rejects(account([series], 'errors', { month, nowSeconds: month.fromSeconds + HOUR }), {
    code: 'budget.clocks',
    exitCode: 4,
    message: /2026-04-02 00:00 UTC and this machine at 2026-04-01 01:00 UTC/,
  });
});

test('a Prometheus gives the same budgets as the recorded file, and is refused while its clock is not ours', async () => {
  const month = monthOf('2026-04', AFTER);
  const span = { from: month.fromSeconds, to: month.toSeconds, every: HOUR };
  const file = await folder.write([
    counter(COUNT, status('200'), span, () => 999),
    counter(COUNT, status('500'), span, () => 1),
    gauge('probe_success', PROBE, month.fromSeconds, month.fromSeconds + DAY, outage(month.fromSeconds + HOUR)),
  ]);
  const dir = path.join(folder.dir, 'live');
  await mkdir(path.join(dir, 'prometheus'), { recursive: true });
  await createBlocks(file, path.join(dir, 'prometheus'), new AbortController().signal);
  const configFile = path.join(dir, 'prometheus.yml');
  await writeFile(configFile, 'scrape_configs: []\n');
  const flags = ['--storage.tsdb.retention.time=100y'];
  const part = await startPrometheus({ dir, configFile, progress: silent, flags });
  try {
    for (const name of ['errors', 'availability']) {
      const live = await account(part.url, name, { month, nowSeconds: Date.now() / 1000 });
      const recorded = await account(file, name, { month });
      assert.equal(live.bad > 0, true);
      // A file ends with its last sample; a month that is over ends with its last second.
      assert.deepEqual(live, recorded);
    }
    // By this machine's clock April has only begun, by that of Prometheus it has long been over.
    await assert.rejects(account(part.url, 'errors', { month, nowSeconds: month.fromSeconds + DAY }), {
      code: 'budget.clocks',
      exitCode: 4,
    });
  } finally {
    await part.stop();
  }
});

test('alerts of all tiers are one episode, and a page without a postmortem is said', async () => {
  const month = monthOf('2026-04', AFTER);
  const day = month.fromSeconds + 7 * DAY;
  const alert = (tier: string, notify: string, from: number, to: number) =>
    gauge(
      'ALERTS',
      { alertname: 'ErrorBudgetBurn', alertstate: 'firing', slo: 'errors', tier, notify },
      from,
      to,
      () => 1,
    );
  const span = { from: month.fromSeconds, to: month.toSeconds };
  const file = await folder.write([
    counter(COUNT, status('200'), span, () => 100),
    counter(COUNT, status('500'), span, (at) => (at > day && at <= day + HOUR ? 60 : 0)),
    alert('1h', 'page', day + 10 * MINUTE, day + 60 * MINUTE),
    alert('6h', 'page', day + 30 * MINUTE, day + 90 * MINUTE),
    alert('3d', 'ticket', day + DAY, day + DAY + HOUR),
  ]);
  const out = path.join(folder.dir, 'report');
  const records = path.join(folder.dir, 'none');
  const context = {
    words: [],
    options: { month: '2026-04', source: file, out, records },
    json: true,
    progress: silent,
    signal: new AbortController().signal,
  };
  const outcome = await budget(context, AFTER);
  assert.equal(outcome.exitCode, 0);
  const found = JSON.parse(await readFile(path.join(out, 'budget.json'), 'utf8')) as {
    accounts: Account[];
    episodes: { alert: string; isPage: boolean; tiers: string[]; fromSeconds: number; toSeconds: number }[];
  };
  assert.deepEqual(
    found.episodes.map(({ alert: name, isPage, tiers, fromSeconds }) => [
      name,
      isPage,
      tiers.join(),
      (fromSeconds - day) / MINUTE,
    ]),
    [
      ['ErrorBudgetBurn', true, '1h,6h', 10],
      ['ErrorBudgetBurn', false, '3d', 1440],
    ],
  );
  // Twelve scrapes of 60: all of them inside the hour before the page and the time until it ended.
  assert.deepEqual(
    found.accounts
      .find(({ objective }) => objective === 'errors')!
      .causes.map(({ kind, what, bad }) => [kind, what, bad]),
    [['page', 'ErrorBudgetBurn at 2026-04-08 00:10 UTC', 720]],
  );
  assert.match(outcome.text, /ErrorBudgetBurn paged at 2026-04-08 00:10 UTC and has no postmortem/);
  for (const name of ['budget.html', 'budget.md']) {
    const text = await readFile(path.join(out, name), 'utf8');
    assert.match(text, /Error budgets of 2026-04/);
    assert.match(text, /page ErrorBudgetBurn at 2026-04-08 00:10 UTC, without a postmortem/);
    assert.match(text, /none yet: npm run slo -- postmortem ErrorBudgetBurn/);
  }
});

test('an objective that is missed ends with exit code 99 and is marked in the report', async () => {
  const month = monthOf('2026-04', AFTER);
  const span = { from: month.fromSeconds, to: month.toSeconds };
  const file = await folder.write([
    counter(COUNT, status('200'), { ...span, every: HOUR }, () => 99),
    counter(COUNT, status('500'), { ...span, every: HOUR }, () => 1),
  ]);
  const out = path.join(folder.dir, 'missed');
  const context = {
    words: [],
    options: { month: '2026-04', source: file, out, records: path.join(folder.dir, 'none') },
    json: false,
    progress: silent,
    signal: new AbortController().signal,
  };
  const outcome = await budget(context, AFTER);
  assert.equal(outcome.exitCode, 99);
  assert.match(outcome.text, /At most 0\.5 % errors \(errors\) +99\.5 % +99 % +200 % +200 %/);
  assert.match(await readFile(path.join(out, 'budget.html'), 'utf8'), /Missed: At most 0\.5 % errors/);
  assert.match(await readFile(path.join(out, 'budget.md'), 'utf8'), /\*\*99 %\*\*/);
});
