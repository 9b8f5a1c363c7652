// Months made by hand: what was planted is what the budget must say, to the last event.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, test } from 'node:test';
import { type Objective, parseObjectives } from '../objectives/read.ts';
import type { Incident } from '../postmortem/records.ts';
import { recordingsFolder, seriesOf, withSource } from '../source/testing.ts';
import type { MaintenanceWindow } from './maintenance.ts';
import { measure } from './measure.ts';
import { monthOf } from './month.ts';
import {
  AFTER,
  API,
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
  root,
  status,
} from './testing.ts';

const folder = await recordingsFolder();
after(folder.remove);
const account = accountsIn(folder);

for (const [name, days] of [
  ['2026-01', 31],
  ['2026-02', 28],
  ['2024-02', 29],
  ['2026-04', 30],
] as const) {
  test(`${name} with 1,000 requests an hour and 2 errors an hour has spent 40 % of ${days} days' budget`, async () => {
    const month = monthOf(name, AFTER);
    const span = { from: month.fromSeconds, to: month.toSeconds, every: HOUR };
    const found = await account(
      [counter(COUNT, status('200'), span, () => 998), counter(COUNT, status('500'), span, () => 2)],
      'errors',
      { month },
    );
    assert.equal(found.total, 1000 * 24 * days);
    assert.equal(found.bad, 2 * 24 * days);
    assert.ok(Math.abs(found.spent! - 0.4) < 1e-12);
    assert.ok(Math.abs(found.spentOfMonth! - 0.4) < 1e-12);
    assert.equal(found.perDay.length, days);
    assert.ok(found.perDay.every(({ bad, total }) => bad === 48 && total === 24_000));
    assert.deepEqual(
      found.causes.map(({ what, bad }) => [what, bad]),
      [['500 GET /api/v1/members', 48 * days]],
    );
    assert.ok(Math.abs(found.course.at(-1)!.left - 0.6) < 1e-12);
  });
}

test('a restart, a new series, a gap and events at the edge of an hour are counted to the last one', async () => {
  const month = monthOf('2026-02', AFTER);
  const { fromSeconds: start, toSeconds: end } = month;
  const restart = start + 5 * DAY + 17 * MINUTE - (17 % 5) * MINUTE;
  const first = counter(COUNT, status('200'), { from: start - HOUR, to: restart, start: 5_000_000 }, () => 3);
  const again = counter(COUNT, status('200'), { from: restart + 5 * MINUTE, to: end, start: 7 }, () => 3);
  const ok = seriesOf(COUNT, status('200'), [...first.samples, ...again.samples]);
  // The first 503 makes its series: it begins with the value 4, and no sample of 0 was ever scraped.
  const born = start + 9 * DAY + 5 * MINUTE;
  const errors = counter(COUNT, status('503'), { from: born, to: end, start: 4 }, (at) => (at === born + DAY ? 6 : 0));
  const gap = (at: number) => at > start + 20 * DAY && at < start + 20 * DAY + 7 * HOUR;
  const series = [
    { ...ok, samples: ok.samples.filter(([at]) => !gap(at)) },
    { ...errors, samples: errors.samples.filter(([at]) => !gap(at)) },
    gauge('up', API, start - HOUR, end, () => 1),
  ];
  const found = await account(series, 'errors', { month });
  const before = ((restart - start) / (5 * MINUTE)) * 3;
  const after = ((end - restart - 5 * MINUTE) / (5 * MINUTE)) * 3 + 7;
  assert.equal(found.total, before + after + 10);
  assert.equal(found.bad, 10);
  assert.equal(found.resets, 1);
  assert.equal(found.knownSinceSeconds, start);
});

test('a Prometheus that was told of an old process late does not count what it had counted before', async () => {
  const month = monthOf('2026-02', AFTER);
  const since = month.fromSeconds + 10 * DAY;
  const span = { from: since, to: month.toSeconds };
  const late = [
    counter(COUNT, status('200'), { ...span, start: 900_000 }, () => 1),
    counter(COUNT, status('500'), { ...span, start: 5_000 }, () => 0),
    gauge('up', API, since, month.toSeconds, () => 1),
  ];
  const perScrape = (month.toSeconds - since) / (5 * MINUTE);
  const old = await account(late, 'errors', { month });
  assert.deepEqual([old.total, old.bad], [perScrape, 0]);
  assert.equal(old.knownSinceSeconds, since);
  const born = gauge('process_start_time_seconds', API, since, month.toSeconds, () => month.fromSeconds + 60);
  const young = await account([...late, born], 'errors', { month });
  assert.deepEqual([young.total, young.bad], [perScrape + 905_000, 5_000]);
});

test('latency counts what was not in the bucket, and the half of the month that passed is judged by its own events', async () => {
  const month = monthOf('2026-06', AFTER);
  const now = month.fromSeconds + 15 * DAY;
  const span = { from: month.fromSeconds, to: now };
  const labels = status('200');
  const found = await account(
    [
      counter(COUNT, labels, span, () => 100),
      counter('http_server_request_duration_seconds_bucket', { ...labels, le: '0.3' }, span, () => 98),
      counter('http_server_request_duration_seconds_bucket', { ...labels, le: '0.5' }, span, () => 99),
    ],
    'latency',
    { month, nowSeconds: now },
  );
  assert.equal(found.total, 15 * 288 * 100);
  assert.equal(found.bad, 15 * 288 * 2);
  assert.ok(Math.abs(found.spent! - 0.4) < 1e-12);
  // As many events again are to come: half as much of the month's budget is gone.
  assert.ok(Math.abs(found.spentOfMonth! - 0.2) < 1e-12);
});

test('30 minutes of outage in April are 30 bad minutes of 216, and maintenance that was declared over 20 of them takes out 20', async () => {
  const month = monthOf('2026-04', AFTER);
  const start = month.fromSeconds + 3 * DAY + 10 * HOUR;
  const series = [gauge('probe_success', PROBE, month.fromSeconds - HOUR, month.toSeconds, outage(start))];
  const file = await folder.write(series);
  const plain = await account(file, 'availability', { month });
  assert.equal(plain.total, 30 * 5760);
  assert.equal(plain.bad, 120);
  assert.deepEqual(plain.minutes, { bad: 30, budget: 216 });
  assert.ok(Math.abs(plain.spent! - 30 / 216) < 1e-12);
  const window = (fromSeconds: number, minutes: number, more: Partial<MaintenanceWindow> = {}) => ({
    fromSeconds,
    toSeconds: fromSeconds + minutes * MINUTE,
    reason: 'work',
    who: 'ops',
    ...more,
  });
  const maintenance = [
    window(start + 5 * MINUTE, 10, { reason: 'a' }),
    window(start + 10 * MINUTE, 15, { reason: 'b' }),
    window(start, 60, { objectives: ['errors'] }),
    window(start - 40 * DAY, 60),
  ];
  const found = await account(file, 'availability', { month, maintenance });
  assert.equal(found.bad, 40);
  assert.equal(found.total, 30 * 5760 - 80);
  assert.deepEqual(
    found.excluded.map(({ reason, bad, total }) => [reason, bad, total]),
    [['a; b', 80, 80]],
  );
  assert.ok(Math.abs(found.minutes!.budget - (30 * 1440 - 20) * 0.005) < 1e-9);
  assert.equal(found.minutes!.bad, 10);
});

test('an API that is not probed any more counts as down, and before the first probe nothing is known', async () => {
  const month = monthOf('2026-04', AFTER);
  const first = month.fromSeconds + 2 * DAY;
  const last = month.fromSeconds + 5 * DAY;
  const back = last + 2 * HOUR;
  const found = await account(
    [
      seriesOf('probe_success', PROBE, [
        ...gauge('probe_success', PROBE, first, last, () => 1).samples,
        ...gauge('probe_success', PROBE, back, month.toSeconds, () => 1).samples,
      ]),
    ],
    'availability',
    { month },
  );
  // Prometheus itself takes the last sample for five minutes.
  assert.ok(Math.abs(found.bad - (2 * HOUR - 5 * MINUTE) / 15) <= 1, String(found.bad));
  assert.equal(found.total, (month.toSeconds - first) / 15 + 1);
  assert.deepEqual(
    found.causes.map(({ what }) => what),
    ['no data'],
  );
  assert.equal(found.knownSinceSeconds, first - 15);
});

test('what an incident with a postmortem spent is its own, maintenance inside it is nobody’s, and the rest is told apart by status', async () => {
  const month = monthOf('2026-04', AFTER);
  const span = { from: month.fromSeconds, to: month.toSeconds };
  const begin = month.fromSeconds + 10 * DAY + 20 * MINUTE;
  const during = (at: number) => at > begin && at <= begin + 50 * MINUTE;
  const incident: Incident = {
    folder: 'records/x',
    id: '2026-04-11-errors',
    objective: 'errors',
    fromUtc: new Date(begin * 1000).toISOString(),
    toUtc: new Date((begin + 50 * MINUTE) * 1000).toISOString(),
    severity: 'sev-2',
    dueUtc: new Date((begin + 2 * DAY) * 1000).toISOString(),
    cause: 'a bad index',
    actions: [],
  };
  const found = await account(
    [
      counter(COUNT, status('200'), span, () => 100),
      counter(COUNT, status('500'), span, (at) => (during(at) ? 10 : 0)),
      counter(COUNT, status('502'), span, (at) => (at % DAY === 0 ? 3 : 0)),
    ],
    'errors',
    {
      month,
      incidents: [incident],
      maintenance: [{ fromSeconds: begin + 40 * MINUTE, toSeconds: begin + 60 * MINUTE, reason: 'back', who: 'ops' }],
    },
  );
  assert.deepEqual(
    found.causes.map(({ kind, what, bad }) => [kind, what, bad]),
    [
      ['incident', '2026-04-11-errors: a bad index', 80],
      ['labels', '502 GET /api/v1/members', 90],
    ],
  );
  assert.deepEqual(
    found.excluded.map(({ bad, total }) => [bad, total]),
    [[20, 420]],
  );
});

test('what was measured adds up over any cut', async () => {
  const month = monthOf('2026-02', AFTER);
  const span = { from: month.fromSeconds, to: month.fromSeconds + 2 * DAY };
  const file = await folder.write([
    counter(COUNT, status('200'), span, (at) => (at / (5 * MINUTE)) % 7),
    counter(COUNT, status('500'), span, (at) => (at / (5 * MINUTE)) % 3),
  ]);
  await withSource(file, async (source) => {
    const sums = async (cuts: number[]) => {
      const { total, bad } = await measure(source, byName('errors'), {
        fromSeconds: span.from,
        toSeconds: span.to,
        cuts,
      });
      return [total, bad].map((all) => all.reduce((sum, each) => sum + each, 0));
    };
    const whole = await sums([]);
    const cuts = [7, 13, 40, 61, 555].map((minutes) => span.from + minutes * MINUTE + 3);
    assert.deepEqual(await sums(cuts), whole);
  });
});

test('a series without the bucket of the objective is left out and said, since all of it would look slow', async () => {
  const month = monthOf('2026-04', AFTER);
  const span = { from: month.fromSeconds, to: month.fromSeconds + DAY };
  const other = { ...status('200'), instance: 'b:1' };
  const bucket = (labels: Record<string, string>, le: string) =>
    counter('http_server_request_duration_seconds_bucket', { ...labels, le }, span, () => 9);
  const series = [
    counter(COUNT, status('200'), span, () => 10),
    counter(COUNT, other, span, () => 10),
    bucket(status('200'), '0.3'),
    bucket(other, '0.25'),
  ];
  const found = await account(series, 'latency', { month });
  assert.deepEqual([found.bad, found.total, found.withoutGood], [288, 2880, 1]);
});

test('slices may be bad above a limit as well as below one', async () => {
  const text = await readFile(path.join(root, 'slo/objectives/ams.yaml'), 'utf8');
  const below = text.replace('op: gte\n      value: 1\n', 'op: lte\n      value: 30\n');
  assert.notEqual(below, text, 'the test changes something that is there');
  const objective: Objective = parseObjectives(below, 'f.yaml')[0]!;
  const from = Date.UTC(2026, 3, 1) / 1000;
  const file = await folder.write([
    gauge('probe_success', PROBE, from, from + DAY, (at) => (at >= from + HOUR && at < from + 2 * HOUR ? 31 : 30)),
  ]);
  await withSource(file, async (source) => {
    const { bad } = await measure(source, objective, { fromSeconds: from, toSeconds: from + DAY });
    assert.equal(bad[1]! + bad[0]! + bad[2]!, 240);
    assert.equal(
      bad.reduce((sum, each) => sum + each, 0),
      240,
    );
  });
});
