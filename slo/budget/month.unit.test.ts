import assert from 'node:assert/strict';
import { test } from 'node:test';
import { monthOf } from './month.ts';
import { runsOf, stepsOf } from './steps.ts';

const NOW = Date.UTC(2026, 10, 23, 1) / 1000;

test('months have their own length, leap years theirs, and none is a day short', () => {
  const days = (name: string) => monthOf(name, NOW).days;
  assert.deepEqual(
    ['2026-01', '2026-02', '2026-04', '2024-02', '2000-02', '2026-11'].map(days),
    [31, 28, 30, 29, 29, 30],
  );
  assert.equal(new Date(monthOf('2024-02', NOW).toSeconds * 1000).toISOString(), '2024-03-01T00:00:00.000Z');
  assert.throws(() => monthOf('1900-13', NOW), { code: 'usage' });
});

test('without a name it is the month of now in UTC; one to come and a misspelt one are refused', () => {
  assert.equal(monthOf(undefined, NOW).name, '2026-11');
  assert.equal(monthOf(undefined, Date.UTC(2026, 11, 31, 23, 59, 59) / 1000).name, '2026-12');
  for (const text of ['2026-12', '2026-1', 'november', '2026-00', '']) {
    assert.throws(() => monthOf(text, NOW), { code: 'usage', exitCode: 2 });
  }
});

test('a time is cut at its hours and wherever something begins or ends, without a gap and without an overlap', () => {
  const from = Date.UTC(2026, 0, 1, 10, 20) / 1000;
  const cut = from + 65 * 60;
  const steps = stepsOf(from, from + 130 * 60, [cut, from - 5, from + 130 * 60]);
  assert.deepEqual(
    steps.map(({ fromSeconds, toSeconds }) => [(fromSeconds - from) / 60, (toSeconds - from) / 60]),
    [
      [0, 40],
      [40, 65],
      [65, 100],
      [100, 130],
    ],
  );
  const month = monthOf('2026-10', NOW);
  const hours = stepsOf(month.fromSeconds, month.toSeconds);
  assert.equal(hours.length, 744);
  assert.deepEqual(
    runsOf([...steps, ...hours.slice(0, 30)], 24).map(({ first, steps: run }) => [first, run.length]),
    [
      [0, 1],
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 24],
      [28, 6],
    ],
  );
});
