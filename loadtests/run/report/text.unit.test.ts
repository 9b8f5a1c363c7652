import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bestOf, doubts, type MeasuredLevel, saturationText } from '../../autocannon/report.ts';
import { madeRun } from '../../testdata/run.ts';
import { ms } from '../cells.ts';
import { Histogram } from '../histogram.ts';
import type { RunResult } from '../result.ts';
import { reportText } from './text.ts';

const filled = (value: number, count: number) => {
  const histogram = new Histogram();
  for (let i = 0; i < count; i++) histogram.add(value);
  return histogram;
};

const good = await madeRun({
  phases: [
    ['warm-up', 'warm-up', 5, 100],
    ['hold', 'hold', 10, 100],
  ],
  answer: () => ({ ms: 20 }),
});
const text = (change: Partial<RunResult> = {}) =>
  reportText({ ...good, ...change }, { dir: 'reports/x', next: 'npm run gate' });

test('a good run says VALID, then PASS, then the objectives, the audit, the times, the file and the next command', () => {
  const lines = text();
  const order = [
    'VALID: smoke',
    'PASS',
    'Errors',
    'audit: whole',
    'projection lag',
    'total',
    'reports/x/result.json',
    'next: npm run gate',
  ];
  const places = order.map((part) => lines.indexOf(part));
  assert.ok(
    places.every((at, i) => at >= 0 && (i === 0 || at > places[i - 1]!)),
    lines,
  );
  assert.match(lines, /\ntotal +1000 +0 +20\.0 +20\.0 +20\.0 +20\.0 +20\.0 +20\.0\n/);
  assert.match(lines, /api 2\.00/);
});

test('an INVALID run gives its reasons with a hint, and no pass or fail', () => {
  const reasons = [{ code: 'generator.late', message: 'it was late', advice: 'end what else runs' }];
  const lines = text({ validity: { valid: false, reasons, notes: [] } });
  assert.match(lines, /^INVALID: smoke.*\n {2}it was late\n {2}hint: end what else runs\n/);
  assert.doesNotMatch(lines, /PASS|MISSED|\bmet\b/);
});

test('an audit that is not whole lists what is missing and is no pass', () => {
  const missing = [{ id: 'm1', version: 2, where: 'outbox', why: 'no such event' }];
  const lines = text({ audit: { checked: true, whole: false, acknowledged: 9, published: 8, projected: 8, missing } });
  assert.match(lines, /FAILED: something that was acknowledged is missing/);
  assert.match(lines, /m1 version 2: outbox, no such event/);
});

test('a missed objective is named', () => {
  const lines = text({ objectives: [{ ...good.objectives[0]!, value: 0.9, good: 900, met: false }] });
  assert.match(lines, /MISSED: an objective or a limit/);
  assert.match(lines, /Errors +99\.50 % +90\.00 % +100 of 1000 +MISSED/);
});

test('an audit that was not checked is said in words', () => {
  assert.match(text({ audit: { checked: false, acknowledged: 9, why: 'set X' } }), /audit: not checked \(set X\)/);
});

test('a percentile with too few values beyond it is not printed, and one that was never answered says so', () => {
  assert.equal(ms(filled(10, 99), 0.95), '-');
  assert.equal(ms(filled(10, 100), 0.95), '10.0');
  assert.equal(ms(filled(Number.POSITIVE_INFINITY, 100), 0.5), 'never');
});

const level = (connections: number, ratePerSecond: number, errors = 0): MeasuredLevel => ({
  connections,
  ratePerSecond,
  service: filled(10, 1000),
  errors,
  wallMs: 10_000,
  generatorCpuMs: 1000,
  targetCpuMs: { api: 9500 },
});

test('the highest rate is that of a level that served, and a busy generator makes it INVALID', () => {
  const levels = [level(1, 100), level(4, 300), level(16, 900, 200)];
  assert.equal(bestOf(levels)!.connections, 4);
  assert.deepEqual(doubts(bestOf(levels)), []);
  assert.equal(doubts({ ...level(4, 300), generatorCpuMs: 9500 })[0]!.code, 'generator.cpu');
  assert.equal(doubts(bestOf([level(1, 100, 500)]))[0]!.code, 'target.failing');
  assert.match(
    saturationText('card', levels, { dir: 'x', next: 'y' }),
    /^VALID: card: at most 300 requests\/s, with 4/,
  );
});

test('a rate that no process explains is noted', () => {
  const idle = { ...level(4, 300), targetCpuMs: { api: 5000 } };
  assert.match(saturationText('card', [idle], { dir: 'x', next: 'y' }), /note: no process used more than 0\.50 cores/);
});
