import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { readObjectives } from '../objectives/read.ts';
import { backtestHistory, backtestShapes } from './backtest.ts';
import { whenText } from './command.ts';
import { exhaustionOf } from './exhaustion.ts';
import { forecastOf, type History } from './forecast.ts';
import { furthestDays, outlook } from './model.ts';

const [, , errors] = await readObjectives(path.join(import.meta.dirname, '../objectives'));
const days = <T>(count: number, value: (day: number) => T) => Array.from({ length: count }, (_, day) => value(day));

test('the interval of 80 % holds 70 to 90 % of what comes, for every shape, and never far less at any distance', () => {
  const found = backtestShapes(20261123, 100);
  const shapes = new Set(found.map(({ what }) => what));
  assert.deepEqual([...shapes], ['steady', 'weekly', 'bursty', 'drifting']);
  for (const shape of shapes) {
    const own = found.filter(({ what }) => what === shape);
    const forecasts = own.reduce((sum, one) => sum + one.forecasts, 0);
    const inside = own.reduce((sum, one) => sum + one.inside * one.forecasts, 0) / forecasts;
    assert.equal(forecasts, 900);
    assert.ok(inside >= 0.7 && inside <= 0.9, `${shape}: ${inside}`);
    for (const { historyDays, aheadDays, inside: share } of own)
      assert.ok(share >= 0.6 && share <= 0.97, `${shape} ${historyDays}/${aheadDays}: ${share}`);
  }
});

test('the same seed gives the same table and another seed another one', () => {
  assert.deepEqual(backtestShapes(7, 5), backtestShapes(7, 5));
  assert.notDeepEqual(backtestShapes(7, 5), backtestShapes(8, 5));
});

test('a history that never errs is forecast exactly: so many a day, or so many on each weekday', () => {
  const even = outlook(
    days(28, () => 10),
    14,
  )!;
  for (const [index, { low, middle, high }] of even.upTo.entries())
    for (const end of [low, middle, high]) assert.ok(Math.abs(end - 10 * (index + 1)) < 1e-9);
  const week = [5, 0, 9, 30, 2, 0, 1];
  const weekly = outlook(
    days(42, (day) => week[day % 7]!),
    10,
  )!;
  let sum = 0;
  for (const [index, { low, high }] of weekly.upTo.entries()) {
    sum += week[index % 7]!;
    assert.ok(Math.abs(low - sum) < 1e-9 && Math.abs(high - sum) < 1e-9, `day ${index + 1}`);
  }
});

test('what was spent never falls with the distance, and two weeks of history are the least', () => {
  const history = days(56, (day) => (day % 9 === 0 ? 200 : day % 4));
  const { upTo } = outlook(history, furthestDays(56))!;
  assert.equal(upTo.length, 28);
  for (const [index, point] of upTo.entries()) {
    assert.ok(point.low >= 0 && point.low <= point.middle && point.middle <= point.high);
    for (const end of ['low', 'middle', 'high'] as const) assert.ok(point[end] >= (upTo[index - 1]?.[end] ?? 0));
  }
  assert.equal(outlook(history.slice(0, 13), 6), undefined);
});

test('the budget is gone when the outlook reaches what is left: first its upper end, last its lower one', () => {
  const upTo = days(10, (day) => ({ low: 5 * (day + 1), middle: 10 * (day + 1), high: 20 * (day + 1) }));
  assert.deepEqual(exhaustionOf({ model: '', upTo }, 50), { earliest: 2.5, likely: 5, latest: 10 });
  assert.deepEqual(exhaustionOf({ model: '', upTo }, 60), { earliest: 3, likely: 6, latest: null });
  assert.deepEqual(exhaustionOf({ model: '', upTo }, 201), { earliest: null, likely: null, latest: null });
});

/** 100,000 events a day allow 500 bad ones, 15,000 a month. */
const history = (change: Partial<History> = {}): History => ({
  bad: days(42, () => 1000),
  total: days(42, () => 100_000),
  soFar: { bad: 10_000, total: 1_500_000 },
  lastHour: { bad: 0 },
  daysLeft: 15,
  ...change,
});
const AT = Date.UTC(2026, 3, 16) / 1000;

test('5,000 of 15,000 bad events are left and 1,000 come a day: gone in five days', () => {
  const found = forecastOf(errors!, history({ lastHour: { bad: 2500 } }));
  assert.equal(found.state, 'forecast');
  assert.ok(found.state === 'forecast' && Math.abs(found.budget - 15_000) < 1e-6);
  for (const when of [found.earliest, found.likely, found.latest]) assert.ok(Math.abs(when! - 5) < 1e-6);
  assert.ok(Math.abs(found.daysAtLastHour! - 2 / 24) < 1e-9);
  assert.equal(whenText(found, AT), '2026-04-21 00:00 to 2026-04-21 00:00, likely 2026-04-21 00:00');
});

test('it says when the budget lasts, when it is gone already, and when nobody can know', () => {
  const say = (change: Partial<History>) => whenText(forecastOf(errors!, history(change)), AT);
  assert.equal(say({ bad: days(42, () => 300) }), 'not this month');
  assert.equal(say({ soFar: { bad: 15_001, total: 1_500_000 } }), 'already');
  assert.equal(
    say({ bad: days(9, () => 9), total: days(9, () => 100_000) }),
    'cannot be known: 9 days of history; 14 are needed',
  );
  assert.equal(
    say({ bad: days(42, (day) => (day === 3 || day === 30 ? 900 : 0)) }),
    'cannot be known: bad events on 2 of 42 days: too few to tell a trend from chance',
  );
  assert.equal(say({ total: days(42, () => 0), soFar: { bad: 0, total: 0 } }), 'cannot be known: there were no events');
});

test('an interval that reaches beyond the month or beyond what the history allows says so', () => {
  const wild = days(42, (day) => (day % 13 === 2 ? 5000 : 10));
  const wide = whenText(forecastOf(errors!, history({ bad: wild })), AT);
  assert.match(wide, /^2026-04-\d\d \d\d:\d\d at the earliest.*; it may last the month$/);
  const short = whenText(forecastOf(errors!, history({ bad: wild.slice(-14), total: days(14, () => 100_000) })), AT);
  assert.match(short, /after 2026-04-23 00:00 the history is too short to say$/);
});

test('a history is tried at each of its earlier days from two weeks on', () => {
  const found = backtestHistory(
    'errors',
    days(30, () => 4),
  );
  assert.deepEqual(
    found.map(({ aheadDays, forecasts, inside }) => [aheadDays, forecasts, inside]),
    [
      [1, 16, 1],
      [3, 14, 1],
      [7, 10, 1],
    ],
  );
  assert.deepEqual(
    backtestHistory(
      'errors',
      days(10, () => 4),
    ),
    [],
  );
});
