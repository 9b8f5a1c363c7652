import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decide } from '../gate/decide.ts';
import { REPEATS, RULE } from '../gate/defaults.ts';
import { normals } from '../gate/testdata/pairs.ts';
import { cellsOf } from './cells.ts';
import { refigured, scaled } from './figures.ts';
import { goalsOf } from './goals.ts';
import { clopperPearson } from './intervals.ts';
import type { Recorded } from './recording.ts';
import { gateOf, gatesAsRecorded } from './replay.ts';
import { rivalsOf } from './rivals.ts';
import { madeRecorded, type Truth } from './testdata/recorded.ts';

const rule = { tolerance: RULE.tolerance, pairCap: RULE.pairCap };
const rivals = rivalsOf({ p95Ms: 300, errorRatio: 0.005 });
const options = { rule, rivals, gates: 200, blockPairs: 3, seed: 3 };

/** So many pairs with normal scatter round the given log ratios. */
function pairsOf(count: number, { sd, ...truth }: Truth & { sd: number }, seed: number): Recorded[] {
  const next = normals(seed);
  const cpu = () => (truth.cpu ?? 0) + 0.02 * next();
  return Array.from({ length: count }, (_, i) =>
    madeRecorded(seed * 10_000 + i, { seconds: 5, ...truth, time: (truth.time ?? 0) + sd * next(), cpu: cpu() }),
  );
}

/** Share of gates over fresh, independent pairs, which the replay never sees. */
function direct(gates: number, truth: Truth & { sd: number }, verdict: string): number {
  const next = normals(99);
  let count = 0;
  for (let gate = 0; gate < gates; gate++) {
    const pairs: Recorded['pair'][] = [];
    for (;;) {
      const time = (truth.time ?? 0) + truth.sd * next();
      pairs.push(madeRecorded(pairs.length, { time, cpu: (truth.cpu ?? 0) + 0.02 * next() }).pair);
      const decision = decide(pairs, rule);
      if (!decision.verdict) continue;
      if (decision.verdict === verdict) count++;
      break;
    }
  }
  return count / gates;
}

test('rates of gates drawn again are those of fresh gates with the same scatter and effect', () => {
  const gates = options.gates;
  for (const [truth, verdict] of [
    [{ sd: 0.1 }, 'pass'],
    [{ sd: 0.1, time: Math.log(1.1) }, 'regression'],
    [{ sd: 0.2, time: Math.log(1.2) }, 'inconclusive'],
  ] as const) {
    const recorded = pairsOf(600, { ...truth, kind: 'aa' }, 4);
    const { cells } = cellsOf(recorded, { ...options, rivals: [] });
    const replayed = cells[0]!.ours[verdict].ratio;
    const expected = direct(gates, truth, verdict.toUpperCase());
    // Both are drawn, and 600 pairs have a mean of their own: four standard errors of a difference.
    const error = 4 * Math.sqrt((2 * Math.max(expected * (1 - expected), 0.02)) / gates);
    assert.ok(Math.abs(replayed - expected) < error, `${verdict}: ${replayed} replayed, ${expected} direct`);
  }
});

test('a planted effect is shown as it was planted, with an interval that holds it', () => {
  const recorded = [
    ...pairsOf(60, { sd: 0.05 }, 4),
    ...pairsOf(40, { sd: 0.05, time: Math.log(1.15), cpu: Math.log(1.05), kind: 'delay:1ms', planted: 'delay:1ms' }, 6),
  ];
  const { cells } = cellsOf(recorded, options);
  const cell = cells.find(({ kind }) => kind === 'delay:1ms')!;
  assert.equal(cell.text, 'every request waits 1 ms');
  assert.equal(cell.independentPairs, 40);
  const effect = (metric: string) => cell.effects.find((each) => each.metric === metric)!;
  for (const [metric, truth] of [
    ['response-p95', 0.15],
    ['cpu-per-request', 0.05],
  ] as const) {
    const { estimate, lower, upper } = effect(metric);
    assert.ok(lower! < truth && truth < upper! && Math.abs(estimate - truth) < 0.03, `${metric}: ${estimate}`);
  }
});

test('scaling multiplies every time of head and nothing else', () => {
  const pair = refigured(madeRecorded(0, { time: 0.1 }));
  const slower = scaled(pair, 1.2);
  for (const figure of ['responseP50Ms', 'responseP95Ms', 'responseTypicalMs', 'serviceP95Ms'] as const) {
    assert.ok(Math.abs(slower.pair.head[figure] / pair.pair.head[figure] - 1.2) < 1e-9, figure);
  }
  assert.deepEqual(slower.pair.base, pair.pair.base);
  assert.equal(slower.pair.head.cpuMsPerRequest, pair.pair.head.cpuMsPerRequest);
});

test('of equal builds with a large scatter each rival that looks at one pair blocks more than we do at equal detection', () => {
  const recorded = pairsOf(200, { sd: 0.1 }, 8);
  const { equalDetection } = cellsOf(recorded, options);
  const ratios = equalDetection.filter(({ kind, rival }) => kind === 'times +20 %' && rival.startsWith('fixed ratio'));
  assert.equal(ratios.length, 2);
  for (const { ours, falseBlocks, found } of ratios) {
    assert.ok(found.ratio >= ours.found.ratio - 0.01);
    assert.ok(falseBlocks.ratio > ours.falseBlocks.ratio, `${falseBlocks.ratio} against ${ours.falseBlocks.ratio}`);
  }
});

test('a gate takes as long as its opening and its pairs, untrusted ones included', () => {
  const equal = (index: number, truth: Truth = {}) =>
    madeRecorded(index, { time: (index % 2) * 0.001, seconds: 40, ...truth });
  const source = [equal(0), equal(1, { invalid: ['late'] }), ...Array.from({ length: 20 }, (_, i) => equal(2 + i))];
  let at = 0;
  const gated = gateOf({ counted: () => undefined, pair: () => source[at++]!, confirmation: () => undefined }, rule);
  assert.equal(gated.verdict, 'PASS');
  assert.equal(gated.seconds, 30 + 40 * (gated.pairs + 1));
});

test('a regression by response times alone stands when the turns confirm it, and is open when they do not', () => {
  const slower = (byTurns?: number) => {
    const pairs = Array.from({ length: 20 }, (_, i) =>
      madeRecorded(i, { time: Math.log(1.3) + (i % 2) * 0.01, ...(byTurns !== undefined && { byTurns }) }),
    );
    return gatesAsRecorded(pairs, rule)[0]!;
  };
  assert.deepEqual(
    [slower().verdict, slower(Math.log(1.3)).verdict, slower(0).verdict],
    ['REGRESSION', 'REGRESSION', 'INCONCLUSIVE'],
  );
  assert.equal(slower(0).seconds, slower().seconds + 60);
});

test('a regression by CPU needs no turns', () => {
  const pairs = Array.from({ length: 20 }, (_, i) =>
    madeRecorded(i, { cpu: Math.log(1.3) + (i % 2) * 0.01, byTurns: 0 }),
  );
  assert.equal(gatesAsRecorded(pairs, rule)[0]!.verdict, 'REGRESSION');
});

test('counters that say more decide before the first pair, those that say the same only take their time', () => {
  const gated = (counted?: 'SAME' | 'MORE') => {
    const pairs = Array.from({ length: 20 }, (_, i) =>
      madeRecorded(i, { time: (i % 2) * 0.001, ...(counted && { counted }) }),
    );
    return gatesAsRecorded(pairs, rule)[0]!;
  };
  assert.deepEqual(gated('MORE'), { verdict: 'REGRESSION', pairs: 0, seconds: 30 + 40 });
  assert.deepEqual(gated('SAME'), { ...gated(), seconds: gated().seconds + 40 });
});

test('a recording of untrusted pairs makes INVALID gates', () => {
  const pairs = Array.from({ length: 12 }, (_, i) => madeRecorded(i, { invalid: ['late'] }));
  const gates = gatesAsRecorded(pairs, rule);
  assert.equal(gates.length, Math.floor(12 / (REPEATS + 1)));
  assert.ok(gates.every(({ verdict, pairs: counted }) => verdict === 'INVALID' && counted === 0));
});

test('gates as recorded use every pair once at most', () => {
  const pairs = pairsOf(50, { sd: 0.03 }, 5);
  const gates = gatesAsRecorded(pairs, rule);
  const used = gates.reduce((sum, gate) => sum + gate.pairs, 0);
  assert.ok(used <= 50 && used > 50 - RULE.pairCap, `${used}`);
});

test('a goal is met, missed or not recorded', () => {
  const share = (count: number) => clopperPearson(count, 100);
  const [made] = cellsOf(pairsOf(30, { sd: 0.05 }, 1), { ...options, gates: 10 }).cells;
  const cell = (regressions: number) => ({ ...made!, ours: { ...made!.ours, regression: share(regressions) } });
  const [quiet, busy] = goalsOf([cell(1)], []);
  assert.deepEqual([quiet!.met, quiet!.reached, busy!.met], [true, '1.0 %', null]);
  assert.equal(goalsOf([cell(2)], [])[0]!.met, false);
});
