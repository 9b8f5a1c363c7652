import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isoOf, printed, secondsOf, type Unit } from './units.ts';

test('every unit is written as a person reads it', () => {
  const cases: [number | undefined, Unit, string][] = [
    [6400.2, 'count', '6,400'],
    [1_234_567, 'count', '1,234,567'],
    [-0.2, 'count', '0'],
    [0.16, 'percent', '16 %'],
    [0.000123456, 'percent', '0.0123 %'],
    [-2.858, 'percent', '-286 %'],
    [26.6667, 'per-second', '26.7 /s'],
    [0.2512, 'seconds', '251 ms'],
    [7.5, 'seconds', '7.5 s'],
    [45, 'duration', '45 s'],
    [270, 'duration', '4 min 30 s'],
    [1500, 'duration', '25 min'],
    [3720, 'duration', '1 h 02 min'],
    [200_000, 'duration', '2 d 8 h'],
    [-90, 'duration', '-1 min 30 s'],
    [secondsOf('2026-11-20T10:04:00Z'), 'utc', '2026-11-20 10:04:00 UTC'],
    [64 * 2 ** 20, 'bytes', '64 MiB'],
    [12, 'number', '12'],
    [undefined, 'count', 'no data'],
    [Number.POSITIVE_INFINITY, 'percent', 'Infinity'],
  ];
  for (const [value, unit, text] of cases) assert.equal(printed(value, unit), text);
});

test('a duration never rounds up to a part that does not exist', () => {
  assert.equal(printed(59.6, 'duration'), '1 min');
  assert.equal(printed(3599.7, 'duration'), '1 h 00 min');
  assert.equal(printed(86_399, 'duration'), '1 d 0 h');
  assert.equal(printed(86_400 + 23 * 3600 + 1700, 'duration'), '1 d 23 h');
  assert.equal(printed(86_400 * 2 - 60, 'duration'), '2 d 0 h');
});

test('times are whole seconds where they can be', () => {
  assert.equal(isoOf(secondsOf('2026-11-20T10:04:00Z')), '2026-11-20T10:04:00Z');
  assert.equal(isoOf(secondsOf('2026-11-20T10:04:00.250Z')), '2026-11-20T10:04:00.250Z');
});
