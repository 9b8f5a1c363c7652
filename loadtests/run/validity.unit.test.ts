import assert from 'node:assert/strict';
import { test } from 'node:test';
import { madeRun } from '../testdata/run.ts';
import { DEFAULT_LIMITS } from '../workload/limits.ts';
import { roundedRate } from './calibrate/calibrate.ts';
import type { JudgedLimit } from './phase-limits.ts';
import { balanceOf } from './server/balance.ts';
import { type Circumstances, type Generator, judge } from './validity.ts';

const { folded } = await madeRun({ phases: [['hold', 'hold', 20, 100]], answer: () => ({ ms: 10 }) });
const generator: Generator = { cpuMs: 1000, wallMs: 20_000, exitCode: 0, cores: 2 };
const judged = (circumstances: Circumstances, change: Partial<Generator> = {}) =>
  judge(folded, { ...generator, ...change }, DEFAULT_LIMITS, circumstances);
const codes = (...words: Parameters<typeof judged>) => judged(...words).reasons.map(({ code }) => code);

test('a clock that jumped makes the run INVALID, one that was slewed does not', () => {
  for (const clockJumpMs of [3_600_000, -1000]) assert.deepEqual(codes({}, { clockJumpMs }), ['clock.jumped']);
  assert.deepEqual(codes({}, { clockJumpMs: 20 }), []);
});

test('instances with uneven shares make the run INVALID, with their counts', () => {
  const balance = balanceOf({ 'blue-1': 1500, 'blue-2': 500 }, {});
  const [reason] = judged({ balance }).reasons;
  assert.equal(reason!.code, 'balance.skewed');
  assert.match(reason!.message, /blue-1 1500, blue-2 500/);
  assert.deepEqual(codes({ balance: balanceOf({ 'blue-1': 1000, 'blue-2': 1000 }, {}) }), []);
});

test('a generator that is late against a server that does nothing makes the run INVALID', () => {
  assert.deepEqual(codes({ nullLatenessP99Ms: 40 }), ['generator.slow']);
  assert.deepEqual(codes({ nullLatenessP99Ms: 2 }), []);
});

test('what the generator adds of its own is noted from a fifth of the p95 on', () => {
  // The service p95 is 10 ms.
  assert.match(judged({ nullServiceP95Ms: 4 }).notes.join(), /^40 % of the service p95 .* \(4\.00 of 10\.0\d ms\)/);
  assert.deepEqual(judged({ nullServiceP95Ms: 1.5 }).notes, []);
});

test('a limit that could not be judged makes the run INVALID, one that was missed does not', () => {
  const limit: JudgedLimit = { phase: 'hold', what: 'response p99.9', unit: 'ms', limit: 1, value: 5, met: false };
  assert.deepEqual(codes({ limits: [limit] }), []);
  const unjudged = { ...limit, value: null, why: 'too few requests' };
  assert.deepEqual(codes({ limits: [unjudged] }), ['limit.unjudged']);
  const stopped = { atMs: 5000, code: 'rate.not-reached' as const, because: 'target' as const, message: 'too slow' };
  assert.deepEqual(codes({ limits: [unjudged], stopped }), [], 'the target kept the run from that phase');
});

test('a run that the generator ended early is INVALID, one that the target or an objective ended is a finding', () => {
  const stopped = { atMs: 5000, code: 'rate.not-reached' as const, message: 'it did not keep up' };
  assert.deepEqual(codes({ stopped: { ...stopped, because: 'generator' } }), ['rate.not-reached']);
  for (const because of ['target', 'objective'] as const) {
    const { valid, notes } = judged({ stopped: { ...stopped, because } });
    assert.deepEqual([valid, notes[0]], [true, 'the run ended early: it did not keep up']);
  }
});

test('requests that were cut off when the target had ended the run are not answered, and no reason against it', async () => {
  const stopped = { atMs: 5000, code: 'rate.not-reached' as const, because: 'target' as const, message: 'too slow' };
  const cut = { ...folded, missing: 20 };
  assert.deepEqual(
    judge(cut, generator, DEFAULT_LIMITS).reasons.map(({ code }) => code),
    ['plan.incomplete'],
  );
  assert.equal(judge(cut, generator, DEFAULT_LIMITS, { stopped }).valid, true);
});

test('every reason says what to do', () => {
  const all = judged(
    { nullLatenessP99Ms: 40, balance: balanceOf({ a: 1500, b: 500 }, {}) },
    { clockJumpMs: 9e9, exitCode: 107, cpuMs: 40_000, othersCpuShare: 0.9 },
  ).reasons;
  assert.equal(all.length, 6);
  for (const { advice } of all) assert.ok(advice.length > 20);
});

test('rates are calibrated at two figures, rounded up', () => {
  assert.deepEqual([1, 9.5, 50, 101, 314, 300, 999, 2340].map(roundedRate), [1, 10, 50, 110, 320, 300, 1000, 2400]);
});
