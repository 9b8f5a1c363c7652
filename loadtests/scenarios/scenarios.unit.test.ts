import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { expectedOf } from '../workload/arrivals.ts';
import { lasting, phasesOfDraw } from '../workload/draw.ts';
import { phaseAt, rateAt } from '../workload/plan.ts';
import { scenarioDraw } from '../workload/scenario.ts';
import { readScenario, readScenarios } from './read.ts';

const dayCurve = [
  { minute: 0, times: 0.5 },
  { minute: 720, times: 2 },
  { minute: 1440, times: 0.5 },
];
const model = { averageRatePerSecond: 40, peakFactor: 3, dayCurve, scenarios: await readScenarios() };
const names = ['average', 'breakpoint', 'check-in-burst', 'peak', 'smoke', 'soak', 'spike', 'stress'];

test('there is a file for each scenario, and each says what it is for', () => {
  assert.deepEqual(Object.keys(model.scenarios), names);
  for (const { about } of Object.values(model.scenarios)) assert.ok(about!.length > 20);
});

for (const name of names) {
  test(`the phases of ${name} follow one another without a gap, from the warm-up to the end`, () => {
    const draw = scenarioDraw(model, name, 1);
    const phases = draw.phases!;
    assert.equal(phases[0]!.kind, 'warm-up');
    assert.equal(draw.warmUpMs, phases[0]!.toMs);
    assert.equal(draw.durationMs, phases.at(-1)!.toMs);
    assert.equal(new Set(phases.map((phase) => phase.name)).size, phases.length);
    phases.forEach(({ fromMs, toMs, rates, kind }, n) => {
      assert.equal(fromMs, phases[n - 1]?.toMs ?? 0);
      assert.ok(toMs > fromMs);
      assert.deepEqual([rates[0]!.atMs, rates.at(-1)!.atMs], [fromMs, toMs]);
      if (kind === 'hold' && name !== 'check-in-burst') assert.equal(rates[0]!.ratePerSecond, rates[1]!.ratePerSecond);
    });
    assert.equal(
      draw.ratePerSecond,
      Math.max(...phases.slice(1).flatMap(({ rates }) => rates.map((r) => r.ratePerSecond))),
    );
  });
}

test('peak ramps from the average to three times it, holds it, and comes back', () => {
  const { phases, ratePerSecond } = scenarioDraw(model, 'peak', 1);
  assert.equal(ratePerSecond, 120);
  const rates = phases!.flatMap((phase) => phase.rates);
  assert.equal(rateAt(rates, 10_000), 80);
  assert.equal(rateAt(rates, 40_000), 120);
  assert.equal(phaseAt(phases!, 75_000).name, 'recover');
  assert.equal(rateAt(rates, 75_000), 40);
  assert.equal(expectedOf(rates), 5 * 40 + 10 * 80 + 60 * 120 + 15 * 40);
});

test('breakpoint rises by the average from step to step, each named after its rate', () => {
  const { phases, findsLimit, stopWhenMissed } = scenarioDraw(model, 'breakpoint', 1);
  assert.deepEqual(
    phases!.slice(1, 4).map(({ name }) => name),
    ['step 40/s', 'step 80/s', 'step 120/s'],
  );
  assert.equal(phases!.at(-1)!.rates[0]!.ratePerSecond, 12 * 40);
  assert.deepEqual([findsLimit, stopWhenMissed], [true, true]);
});

test('a soak at 200 a second is an hour long and has 720,000 requests to measure', () => {
  const { phases } = scenarioDraw({ ...model, averageRatePerSecond: 100 }, 'soak', 1);
  assert.equal(expectedOf(phases!.find(({ name }) => name === 'hold')!.rates), 720_000);
});

test('a part of the day has the rates of the day, as much faster as it says', () => {
  const part = { name: 'noon', kind: 'hold', day: { from: '11:00', to: '14:00', speed: 60 } } as const;
  const { phases, durationMs } = scenarioDraw({ ...model, scenarios: { day: { phases: [part] } } }, 'day', 1);
  assert.equal(durationMs, 180_000);
  const { rates, day } = phases![0]!;
  assert.deepEqual(day, { fromMinute: 660, minutesPerSecond: 1 });
  // From 0.5 at midnight to 2 at noon: 1.875 at 11:00, 1.75 at 14:00.
  for (const [atMs, times] of [
    [0, 1.875],
    [60_000, 2],
    [180_000, 1.75],
  ] as const) {
    assert.ok(Math.abs(rateAt(rates, atMs) - times * 40) < 1e-9);
  }
});

test('a workload without a day says so', () => {
  const { dayCurve: _, ...without } = model;
  assert.throws(() => scenarioDraw(without, 'check-in-burst', 1), { code: 'scenario.no-day', exitCode: 2 });
});

test('a scenario of another length is stretched as a whole, but for its warm-up', () => {
  const draw = lasting(scenarioDraw(model, 'peak', 1), 42.5);
  assert.equal(draw.durationMs, 5000 + 42_500);
  assert.deepEqual(
    phasesOfDraw(draw).map(({ fromMs, toMs }) => [fromMs, toMs]),
    [
      [0, 5000],
      [5000, 10_000],
      [10_000, 40_000],
      [40_000, 47_500],
    ],
  );
  assert.equal(expectedOf(phasesOfDraw(draw).flatMap(({ rates }) => rates)), 5 * 40 + 5 * 80 + 30 * 120 + 7.5 * 40);
  const burst = lasting(scenarioDraw(model, 'check-in-burst', 1), 144).phases![2]!.day!;
  assert.ok(Math.abs(burst.minutesPerSecond - 2 * (10 / 60)) < 1e-9);
});

const peak = readFileSync(path.join(import.meta.dirname, 'peak.yaml'), 'utf8');
const mistakes: [what: string, from: string, to: string, message: RegExp][] = [
  ['a phase without a rate', 'rate: peak, ', '', /peak\.yaml line 6: phases\.2: says its rate in one way/],
  ['a ramp without an end', 'to: peak, ', '', /line 5: phases\.1: says its rate in one way/],
  ['a rate that is none', 'rate: peak', 'rate: peek', /line 6: phases\.2\.rate: a multiple of the average rate/],
  ['a phase without a length', ', seconds: 60', '', /line 6: phases\.2: has seconds, or a day/],
  ['a kind that is none', 'kind: recover', 'kind: rest', /line 7: phases\.3\.kind/],
  ['a warm-up behind a hold', 'kind: recover', 'kind: warm-up', /phases: a warm-up comes before everything else/],
  ['two phases of one name', 'name: recover', 'name: hold', /line 4: phases: every phase has a name/],
  ['nothing but a warm-up', peak.slice(peak.indexOf('  - { name: ramp')), '', /line 4: phases: nothing but a warm-up/],
  ['arrivals that are none', 'phases:', 'arrivals: bursty\nphases:', /line 3: arrivals/],
  ['broken YAML', 'phases:', 'phases: [', /peak\.yaml line \d+: /],
];
for (const [what, from, to, message] of mistakes) {
  test(`${what} is refused with line and field`, () => {
    const broken = peak.replace(from, to);
    assert.notEqual(broken, peak);
    assert.throws(() => readScenario(broken, 'peak.yaml'), { code: 'scenario.malformed', exitCode: 2, message });
  });
}
