import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decide, isFailing } from './decide.ts';
import { JUDGED, RULE } from './defaults.ts';
import type { ArmTurn, Pair } from './metrics.ts';
import { type LogEffects, madePair, normals } from './testdata/pairs.ts';
import { BUSY, QUIET, type Recorded } from './testdata/recorded.ts';

const rule = { tolerance: 0.1, pairCap: 16 };

/** Standard deviations of a pair's log ratios between equal builds: about what is recorded on two shared cores (testdata/recorded.ts). */
const QUIET_SD = { p95: 0.065, typical: 0.02, cpu: 0.018, allocation: 0.01 };
const NOTHING = { p95: 0, typical: 0, cpu: 0, allocation: 0 };
type Effects = typeof NOTHING;

/** Pairs at which a decision can fall; asking in between costs time and changes nothing. */
const LOOKS: readonly number[] = RULE.looks;

/** Carries one simulated gate to its end. `next` gives the log ratios of equal builds; the effects are added to them. */
function simulate(next: () => LogEffects, effects: Effects) {
  const add = (name: keyof Effects, log = 0) => log + Math.log1p(effects[name]);
  const pairs: Pair[] = [];
  for (;;) {
    const { p95, typical, cpu, allocation } = next();
    const log = {
      p95: add('p95', p95),
      typical: add('typical', typical),
      cpu: add('cpu', cpu),
      allocation: add('allocation', allocation),
    };
    pairs.push(madePair(pairs.length, log));
    if (!LOOKS.includes(pairs.length)) continue;
    const { verdict } = decide(pairs, rule);
    if (verdict) return { verdict, pairs: pairs.length };
  }
}

/** Normal log ratios; those of the response times go together with a correlation of 0.5. */
function normalNoise(sd: Effects, seed = 7): () => LogEffects {
  const next = normals(seed);
  return () => {
    const typical = next();
    const p95 = 0.5 * typical + Math.sqrt(0.75) * next();
    return {
      p95: sd.p95 * p95,
      typical: sd.typical * typical,
      cpu: sd.cpu * next(),
      allocation: sd.allocation * next(),
    };
  };
}

/**
 * Recorded pairs drawn again, two neighbours at a time so that what they have in common stays, each with a random sign:
 * base and head are the same build, so the other sign was as likely.
 */
function recordedNoise(recorded: readonly Recorded[], seed = 7): () => LogEffects {
  const next = normals(seed);
  const uniform = () => (((next() * 1000) % 1) + 1) % 1;
  let left: Recorded[] = [];
  return () => {
    if (left.length === 0) {
      const at = Math.floor(uniform() * (recorded.length - 1));
      left = recorded.slice(at, at + 2);
    }
    const sign = next() > 0 ? 1 : -1;
    const [p95, typical, cpu] = left.shift()!;
    return { p95: sign * p95, typical: sign * typical, cpu: sign * cpu, allocation: 0.01 * next() };
  };
}

function outcomes(gates: number, next: () => LogEffects, effects: Partial<Effects> = {}) {
  const all = Array.from({ length: gates }, () => simulate(next, { ...NOTHING, ...effects }));
  const share = (verdict: string) => all.filter((one) => one.verdict === verdict).length / gates;
  const pairs = all.map((one) => one.pairs).sort((a, b) => a - b);
  return { pass: share('PASS'), regression: share('REGRESSION'), medianPairs: pairs[Math.floor(gates / 2)]! };
}

/** Three standard errors of a share: a correct rule fails this test once in 700 seeds, and the seed is fixed. */
const margin = (share: number, gates: number) => 3 * Math.sqrt((share * (1 - share)) / gates);

const equal = { gates: 2000, is: (share: number) => share <= RULE.falseAlarm + margin(RULE.falseAlarm, 2000) };
for (const [name, noise] of [
  ['normal scatter', () => normalNoise(QUIET_SD)],
  ['normal scatter twice as wide', () => normalNoise({ p95: 0.13, typical: 0.04, cpu: 0.036, allocation: 0.02 })],
  ['the scatter recorded on a quiet machine', () => recordedNoise(QUIET)],
  ['the scatter recorded on a busy machine', () => recordedNoise(BUSY)],
] as const) {
  test(`equal builds with ${name} are called a regression in at most 1 % of the gates`, () => {
    const { regression } = outcomes(equal.gates, noise());
    assert.ok(equal.is(regression), `${regression}`);
  });
}

for (const metric of ['p95', 'typical', 'cpu', 'allocation'] as const) {
  const share = metric === 'cpu' || metric === 'allocation' ? JUDGED.cost : JUDGED.response;
  test(`a build whose ${metric} is exactly at its tolerance, and better in all else, passes in at most 5 % of the gates`, () => {
    // A scatter at which the upper bound comes close to the tolerance at the first look already.
    const wide = { p95: 0.05, typical: 0.05, cpu: 0.025, allocation: 0.025 };
    const better = { p95: -0.2, typical: -0.2, cpu: -0.2, allocation: -0.2 };
    const { pass } = outcomes(1500, normalNoise(wide), { ...better, [metric]: rule.tolerance * share });
    assert.ok(pass <= RULE.falsePass + margin(RULE.falsePass, 1500), `${pass}`);
  });
}

test('equal builds pass in 95 of 100 gates on a quiet machine, half of them at the first look that may pass', () => {
  for (const noise of [normalNoise(QUIET_SD), recordedNoise(QUIET)]) {
    const { pass, medianPairs } = outcomes(500, noise);
    assert.ok(pass >= 0.95 - margin(0.95, 500), `${pass}`);
    assert.ok(medianPairs <= 8, `${medianPairs}`);
  }
});

for (const [effects, least] of [
  [{ p95: 0.2, typical: 0.2 }, 0.9],
  [{ p95: 0.2 }, 0.9],
  [{ p95: 0.1, typical: 0.1 }, 0.7],
  [{ p95: 0.1 }, 0.7],
  [{ cpu: 0.05 }, 0.95],
  [{ allocation: 0.05 }, 0.95],
] as const) {
  test(`${JSON.stringify(effects)} is found in ${least * 100} % of the gates at least, on a quiet machine`, () => {
    const { regression } = outcomes(500, normalNoise(QUIET_SD), effects);
    assert.ok(regression >= least - margin(least, 500), `${regression}`);
  });
}

test('a scatter of 30 % passes almost nothing, and certainly not by the luck of a low estimate', () => {
  const { pass, regression } = outcomes(1000, normalNoise({ ...QUIET_SD, p95: 0.3 }));
  assert.ok(pass <= 0.02 + margin(0.02, 1000), `${pass}`);
  assert.ok(regression <= RULE.falseAlarm + margin(RULE.falseAlarm, 1000), `${regression}`);
});

test('a response time that doubles is decided at the first look', () => {
  assert.deepEqual(simulate(normalNoise(QUIET_SD), { ...NOTHING, p95: 1 }), { verdict: 'REGRESSION', pairs: 4 });
});

test('a slowdown that is sure but smaller than 5 %, of CPU 2.5 %, is no regression', () => {
  const pairs = Array.from({ length: 16 }, (_, i) =>
    madePair(i, { p95: 0.03 + (i % 2) * 0.002, cpu: 0.02 + (i % 2) * 0.001 }),
  );
  const { verdict, effects } = decide(pairs, rule);
  assert.ok(effects[0]!.lower! > 0 && effects[2]!.lower! > 0);
  assert.equal(verdict, 'PASS');
});

test('5 % of CPU is a regression, 5 % of response time sure to be below the tolerance is not', () => {
  const pairs = (log: LogEffects) =>
    Array.from({ length: 8 }, (_, i) => madePair(i, { ...log, p95: log.p95 + (i % 2) * 0.001 }));
  assert.equal(decide(pairs({ p95: 0.045, cpu: 0 }), rule).verdict, 'PASS');
  assert.equal(decide(pairs({ p95: 0, cpu: 0.05 }), rule).verdict, 'REGRESSION');
});

test('what was accepted on purpose is no regression up to its bound, and the rest is still judged', () => {
  const pairs = Array.from({ length: 8 }, (_, i) => madePair(i, { p95: 0.3 + (i % 2) * 0.01, cpu: 0 }));
  const accepting = (ratio: number) => decide(pairs, { ...rule, accepted: { 'response-p95': ratio } });
  assert.equal(accepting(0.5).verdict, 'PASS');
  assert.equal(accepting(0.5).effects[0]!.judgement, 'accepted');
  assert.equal(accepting(0.2).verdict, 'REGRESSION');
});

test('when the time is up the pairs at hand decide, and nothing is left open', () => {
  const pairs = (log: number) =>
    Array.from({ length: 7 }, (_, i) => madePair(i, { p95: log + (i % 2 ? 0.02 : -0.02), cpu: 0 }));
  assert.equal(decide(pairs(0), rule).verdict, null);
  assert.equal(decide(pairs(0), rule, { isLast: true }).verdict, 'PASS');
  assert.equal(decide(pairs(0.15), rule, { isLast: true }).verdict, 'REGRESSION');
  assert.equal(decide(pairs(0.08), { ...rule, tolerance: 0.05 }, { isLast: true }).verdict !== null, true);
});

test('an arm that does not tell its allocation is judged by the rest', () => {
  const mute = (pair: Pair): Pair => ({ ...pair, head: { ...pair.head, allocatedBytesPerRequest: null } });
  const pairs = Array.from({ length: 8 }, (_, i) => mute(madePair(i, { p95: (i % 2) * 0.01, cpu: 0 })));
  const { verdict, effects } = decide(pairs, rule);
  assert.equal(verdict, 'PASS');
  assert.ok(!effects.some((effect) => effect.metric === 'allocation-per-request'));
});

test('between looks the rule says go on, whatever the numbers', () => {
  const pairs = Array.from({ length: 5 }, (_, i) => madePair(i, { p95: 2, cpu: 2 }));
  assert.equal(decide(pairs, rule).verdict, null);
});

/** Equal pairs, of which the first `failing` have a head with these errors. */
const withErrors = (failing: number, errors: number, count: number): Pair[] =>
  Array.from({ length: count }, (_, i) => {
    const pair = madePair(i, { p95: 0, cpu: 0 });
    return i < failing ? { ...pair, head: { ...pair.head, errors } } : pair;
  });

test('a head that fails half of its requests is a regression after two pairs', () => {
  assert.equal(decide(withErrors(1, 450, 1), rule).verdict, null);
  const decision = decide(withErrors(2, 450, 2), rule);
  assert.equal(decision.verdict, 'REGRESSION');
  assert.match(decision.why[0]!, /head failed 900 of 1800 requests \(50\.0 %\)/);
});

test('a head that fails 3 % of its requests is a regression at the first look', () => {
  assert.equal(decide(withErrors(3, 27, 3), rule).verdict, null);
  assert.equal(decide(withErrors(4, 27, 4), rule).verdict, 'REGRESSION');
});

test('a head that fails in a few pairs is neither a regression nor passed', () => {
  assert.equal(decide(withErrors(2, 450, 6), rule).verdict, null);
  assert.equal(decide(withErrors(2, 450, 16), rule).verdict, 'INCONCLUSIVE');
});

test('a few errors in a pair are an accident', () => {
  assert.equal(decide(withErrors(16, 19, 16), rule).verdict, 'PASS');
});

test('an arm is failing by what it fails more than the other one', () => {
  const turn = (errors: number): ArmTurn => ({ ...madePair(0, { p95: 0, cpu: 0 }).base, errors });
  assert.equal(isFailing(turn(30)), true);
  assert.equal(isFailing(turn(30), turn(25)), false);
  assert.equal(isFailing(turn(40), turn(25)), true);
});
