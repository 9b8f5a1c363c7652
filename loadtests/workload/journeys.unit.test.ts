import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DayModel, dayOf } from './day.ts';
import { arrivalTimes } from './draw.ts';
import { type Journey, thread } from './journeys.ts';
import { seeded } from './random.ts';

const journeys: Record<string, Journey> = {
  looks: { role: 'parent', weight: 3, steps: ['a', 'b'], thinkSeconds: 4 },
  works: { role: 'teacher', weight: 1, steps: ['c', 'd', 'e', 'f'], thinkSeconds: 2 },
};
const weights = Object.values(journeys).map(({ weight }) => weight);

interface Seen {
  atMs: number;
  visit: number;
  name: string;
  at: number;
}

function threaded(draw: Parameters<typeof arrivalTimes>[0], seed = 'visits'): Seen[] {
  const first = draw.phases?.[0]?.rates[0]?.ratePerSecond ?? draw.ratePerSecond;
  const next = thread({ journeys, weightsAt: () => weights, ratePerSecond: first, random: seeded(seed) });
  return [...arrivalTimes(draw)].map((atMs) => {
    const { number, name, at } = next(atMs);
    return { atMs, visit: number, name, at };
  });
}

const seen = threaded({ ratePerSecond: 100, durationMs: 600_000, warmUpMs: 0, seed: 3 });
const visits = Map.groupBy(seen, ({ visit }) => visit);
/** Begun after time zero and ended. */
const whole = [...visits.values()].filter(([first, ...more]) => {
  return first!.at === 0 && more.length + 1 === journeys[first!.name]!.steps.length;
});

test('the steps of a visit come in their order, and every visit that began long before the end is ended', () => {
  for (const steps of visits.values()) {
    for (const [n, { at }] of steps.entries()) assert.equal(at, steps[0]!.at + n);
  }
  const begun = [...visits.values()].filter(([first]) => first!.at === 0 && first!.atMs < 400_000).length;
  assert.equal(whole.filter(([first]) => first!.atMs < 400_000).length, begun);
});

test('journeys are begun as often as their weights say', () => {
  const looks = whole.filter(([first]) => first!.name === 'looks').length;
  const share = looks / whole.length;
  assert.ok(Math.abs(share - 0.75) < 4 * Math.sqrt((0.75 * 0.25) / whole.length), `${share}`);
});

test('pauses are think times with their mean and a negative exponential, plus a wait that is short beside them', () => {
  for (const [name, { thinkSeconds }] of Object.entries(journeys)) {
    const pauses = whole
      .filter(([first]) => first!.name === name)
      .flatMap((steps) => steps.slice(1).map(({ atMs }, n) => atMs - steps[n]!.atMs));
    const mean = pauses.reduce((a, b) => a + b, 0) / pauses.length / 1000;
    assert.ok(mean > thinkSeconds * 0.97 && mean < thinkSeconds * 1.03 + 0.15, `${name}: ${mean} s`);
    // An exponential is above its median, mean x ln 2, half of the time.
    const above = pauses.filter((pause) => pause > thinkSeconds * Math.LN2 * 1000).length / pauses.length;
    assert.ok(above > 0.48 && above < 0.54, `${name}: ${above} above the median`);
  }
});

test('the first seconds have the same share of first steps as any others: people are under way at time zero', () => {
  const share = (fromMs: number, toMs: number) => {
    const some = seen.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
    return some.filter(({ at }) => at === 0).length / some.length;
  };
  // 4 visits have 3 x 2 + 4 = 10 steps.
  for (const from of [0, 5000, 300_000]) {
    assert.ok(
      Math.abs(share(from, from + 10_000) - 0.4) < 4 * Math.sqrt(0.24 / 1000),
      `from ${from}: ${share(from, from + 10_000)}`,
    );
  }
});

test('after the rate has fallen to a third, newcomers still come, and the mix is back within half a minute', () => {
  const flat = (fromMs: number, toMs: number, ratePerSecond: number) => ({
    name: `${fromMs}`,
    kind: 'hold' as const,
    fromMs,
    toMs,
    rates: [
      { atMs: fromMs, ratePerSecond },
      { atMs: toMs, ratePerSecond },
    ],
  });
  const phases = [flat(0, 60_000, 300), flat(60_000, 160_000, 100)];
  const some = threaded({ ratePerSecond: 300, durationMs: 160_000, warmUpMs: 0, seed: 4, phases });
  const share = (fromMs: number, toMs: number) => {
    const part = some.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
    return part.filter(({ at }) => at === 0).length / part.length;
  };
  assert.ok(share(60_000, 65_000) > 0.15, `${share(60_000, 65_000)} at once`);
  assert.ok(Math.abs(share(90_000, 160_000) - 0.4) < 0.03, `${share(90_000, 160_000)} later`);
});

const day: DayModel = { hours: Array.from({ length: 24 }, (_, hour) => (hour < 6 ? 0 : 1)), lessons: [10, 18] };
const bursty: Journey[] = [
  { role: 'student', weight: 2, steps: ['a'], thinkSeconds: 0, burst: { fromMinute: -5, toMinute: 5, times: 10 } },
  { role: 'parent', weight: 1, steps: ['b', 'c', 'd', 'e'], thinkSeconds: 1 },
];

test('over a day the mean of the curve is 1 and each journey is begun by its weight, however it bursts', () => {
  const { curve, weightsAt } = dayOf(day, bursty);
  const mean = (value: (minute: number) => number) =>
    Array.from({ length: 1440 }, (_, n) => (value(n) + value(n + 1)) / 2).reduce((a, b) => a + b, 0) / 1440;
  assert.ok(Math.abs(mean((minute) => curve[minute]!.times) - 1) < 1e-9);
  assert.ok(Math.abs(mean((minute) => weightsAt(minute)[0]!) - 2) < 1e-9);
  assert.ok(Math.abs(mean((minute) => weightsAt(minute)[1]!) - 1) < 1e-9);
});

test('a burst is so many times as much as before it, around the hours of lessons only, and the others keep their rate', () => {
  const { weightsAt } = dayOf(day, bursty);
  const [quiet, others] = weightsAt(9 * 60) as [number, number];
  for (const minute of [9 * 60 + 55, 10 * 60, 18 * 60 + 4]) {
    assert.ok(Math.abs(weightsAt(minute)[0]! / quiet - 10) < 1e-9, `${minute}`);
    assert.equal(weightsAt(minute)[1], others);
  }
  for (const minute of [9 * 60 + 54, 10 * 60 + 5, 11 * 60]) assert.equal(weightsAt(minute)[0], quiet);
  assert.equal(weightsAt(3 * 60)[0], 0);
});
