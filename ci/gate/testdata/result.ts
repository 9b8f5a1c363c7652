// A whole made-up result of the gate, for tests of the reports.
import { decide } from '../decide.ts';
import { RULE } from '../defaults.ts';
import { placeboOf } from '../placebo.ts';
import { conclude, curveOf, type GateResult } from '../result.ts';
import { shiftOf, stepsOf } from '../shift.ts';
import { madePair, normals } from './pairs.ts';

/** @param effect true log ratios of head against base; the scatter is 6 and 2 % */
export function madeResult(effect: { p95: number; cpu: number }): GateResult {
  const next = normals(11);
  const rule = { tolerance: RULE.tolerance, pairCap: RULE.pairCap };
  const pairs = [];
  let decision = decide([], rule);
  while (decision.verdict === null) {
    pairs.push(madePair(pairs.length, { p95: effect.p95 + 0.06 * next(), cpu: effect.cpu + 0.02 * next() }));
    decision = decide(pairs, rule);
  }
  const times = (factor: number) =>
    Array.from({ length: 8000 }, () => factor * Math.exp(1.6 + 0.55 * next())).sort((a, b) => a - b);
  const build = {
    commit: '0123456789abcdef0123456789abcdef01234567',
    tree: 'aaaa',
    chosen: 'working tree',
    dirty: true,
  };
  return {
    schema: 'amsperf/gate/v2',
    kind: 'pairs',
    ...conclude(decision.verdict, []),
    why: decision.why,
    notes: ['head is the working tree with changes that are not committed'],
    next: 'npm run gate -- --plant delay:20ms',
    startedAt: '2026-01-01T00:00:00.000Z',
    seconds: 123,
    head: build,
    base: { ...build, tree: 'bbbb', dirty: false, chosen: 'merge base with <main>' },
    planted: null,
    load: { ratePerSecond: 100, warmUpMs: 3000, measuredMs: 9000, seed: 1, workloadHash: 'abcdef0123456789' },
    rule: { ...rule, minimumEffect: RULE.minimumEffect, falseAlarm: RULE.falseAlarm, falsePass: RULE.falsePass },
    effects: decision.effects,
    counters: null,
    accepted: [],
    shift: shiftOf(pairs),
    steps: stepsOf(pairs),
    placebo: placeboOf(pairs),
    confirmation: null,
    audit: null,
    objectives: [
      {
        name: '95 % within 300 ms',
        target: 0.95,
        actual: 0.9991,
        met: true,
        detail: '8992 of 9000 requests within 0.3 s',
      },
    ],
    latencyLimitMs: 300,
    pairs,
    repeated: [],
    curves: { head: curveOf(times(Math.exp(effect.p95))), base: curveOf(times(1)) },
    environment: {
      node: '26.10.0',
      k6: '2.2.0',
      cpu: 'a processor',
      cores: 2,
      memoryBytes: 8 * 2 ** 30,
      parts: ['redis 8.0'],
    },
  };
}
