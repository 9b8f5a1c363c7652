import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ArmTurn, Pair } from './metrics.ts';
import { placeboOf } from './placebo.ts';
import { type Shift, shiftOf, stepsOf } from './shift.ts';
import { madePair, normals } from './testdata/pairs.ts';

const near = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not within ${tolerance} of ${expected}`);

const pairsOf = (count: number, log: (i: number) => Parameters<typeof madePair>[1]): Pair[] =>
  Array.from({ length: count }, (_, i) => madePair(i, log(i)));

test('a tail that is 30 % slower shows from p90 on and not below', () => {
  const next = normals(2);
  const rows = shiftOf(pairsOf(8, () => ({ p95: Math.log(1.3) + 0.02 * next(), typical: 0.01 * next(), cpu: 0 })));
  assert.deepEqual(
    rows.map(({ share, lower }) => [share, lower! > 0]),
    [
      [0.5, false],
      [0.75, false],
      [0.9, true],
      [0.95, true],
      [0.99, true],
    ],
  );
  near(rows[3]!.estimate, 0.3, 0.03);
  near(rows[3]!.base, 12, 1e-9);
  near(rows[3]!.head, 12 * (1 + rows[3]!.estimate), 1e-9);
});

const isOutside = ({ lower, upper }: Shift) => lower! > 0 || upper! < 0;

test('of equal builds the whole table lies within its band in 95 of 100 gates', () => {
  const next = normals(4);
  const scattered = (turn: ArmTurn): ArmTurn => ({
    ...turn,
    responseP50Ms: turn.responseP50Ms * Math.exp(0.02 * next()),
    responseP75Ms: turn.responseP75Ms * Math.exp(0.02 * next()),
    responseP90Ms: turn.responseP90Ms * Math.exp(0.05 * next()),
    responseP95Ms: turn.responseP95Ms * Math.exp(0.07 * next()),
    responseP99Ms: turn.responseP99Ms * Math.exp(0.2 * next()),
    steps: Object.fromEntries(
      ['a', 'b', 'c'].map((step) => [step, { requests: 300, typicalMs: 5 * Math.exp(0.05 * next()) }]),
    ),
  });
  const gates = 1000;
  let [shifts, steps] = [0, 0];
  for (let gate = 0; gate < gates; gate++) {
    const pairs = pairsOf(6, () => ({ p95: 0, cpu: 0 })).map((pair) => ({
      ...pair,
      head: scattered(pair.head),
      base: scattered(pair.base),
    }));
    if (shiftOf(pairs).some(isOutside)) shifts++;
    if (stepsOf(pairs).some(isOutside)) steps++;
  }
  const most = 0.05 + 3 * Math.sqrt((0.05 * 0.95) / gates);
  assert.ok(shifts / gates <= most && steps / gates <= most, `${shifts} and ${steps} of ${gates}`);
  assert.ok(shifts / gates > 0.02, 'the band is not wider than it says');
});

test('the step that got slower comes first, and a step that an arm never carried out is left out', () => {
  const next = normals(6);
  const pairs = pairsOf(6, () => ({ p95: 0, cpu: 0 })).map((pair): Pair => {
    const steps = (slower: number) => ({
      read: { requests: 600, typicalMs: 5 * Math.exp(0.01 * next()) },
      confirm: { requests: 100, typicalMs: 9 * slower * Math.exp(0.03 * next()) },
    });
    return {
      ...pair,
      base: { ...pair.base, steps: steps(1) },
      head: { ...pair.head, steps: { ...steps(1.4), extra: { requests: 1, typicalMs: 1 } } },
    };
  });
  const rows = stepsOf(pairs);
  assert.deepEqual(
    rows.map(({ step, requests, isSlower }) => [step, requests, isSlower]),
    [
      ['confirm', 600, true],
      ['read', 3600, false],
    ],
  );
  near(rows[0]!.estimate, 0.4, 0.06);
});

test('the placebo of a head that is twice as slow is that of a head that is not', () => {
  const noise = normals(8);
  const logs = Array.from({ length: 9 }, () => 0.06 * noise());
  const of = (effect: number) => placeboOf(pairsOf(9, (i) => ({ p95: effect + logs[i]!, cpu: 0 })))!;
  const [none, twice] = [of(0), of(Math.log(2))];
  assert.equal(none.pairs, 8);
  near(none.rows[0]!.estimate, twice.rows[0]!.estimate, 1e-9);
  near(none.rows[0]!.usual, twice.rows[0]!.usual, 1e-9);
  const [a, b, c, d, e, f, g, h] = logs as [number, number, number, number, number, number, number, number];
  near(none.rows[0]!.estimate, Math.expm1((a - b - c + d + e - f - g + h) / 8), 1e-9);
});

test('the placebo scatters as the effect of equal builds does, and stays within its usual in 95 of 100 runs', () => {
  const next = normals(10);
  const runs = 2000;
  let [within, squares] = [0, 0];
  for (let run = 0; run < runs; run++) {
    // A steady drift of both arms and an effect of 15 % are no part of it.
    const { estimate, usual } = placeboOf(pairsOf(8, () => ({ p95: Math.log(1.15) + 0.06 * next(), cpu: 0 })))!
      .rows[0]!;
    if (Math.abs(Math.log1p(estimate)) <= Math.log1p(usual)) within++;
    squares += Math.log1p(estimate) ** 2;
  }
  near(Math.sqrt(squares / runs), 0.06 / Math.sqrt(8), 0.001);
  near(within / runs, 0.95, 0.025);
});

test('fewer than four pairs make no placebo', () => {
  assert.equal(placeboOf(pairsOf(3, () => ({ p95: 0, cpu: 0 }))), null);
});
