import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '../workload/random.ts';
import { type Reading, slopeOf } from './slope.ts';

const SECOND_MS = 1000;

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** 600 readings, one every 5 s: a line, and noise of sd 1 in which each reading keeps `memory` of the one before. */
function series(perHour: number, memory: number, seed: string): Reading[] {
  const random = seeded(seed);
  let noise = normal(random);
  return Array.from({ length: 600 }, (_, i) => {
    noise = memory * noise + Math.sqrt(1 - memory ** 2) * normal(random);
    const atMs = i * 5 * SECOND_MS;
    return { atMs, value: 100 + (perHour * atMs) / 3_600_000 + noise };
  });
}

test('a straight line has its slope, without any width', () => {
  const { perHour, lower, upper, mean } = slopeOf(
    Array.from({ length: 480 }, (_, i) => ({ atMs: i * SECOND_MS, value: 50 + i / 100 })),
  )!;
  for (const value of [perHour, lower, upper]) assert.ok(Math.abs(value - 36) < 1e-6, `${value}`);
  assert.ok(Math.abs(mean - 52.395) < 1e-6, `${mean}`);
});

for (const memory of [0, 0.5, 0.9]) {
  test(`the 95 % interval holds the true slope in 93 to 97 % of series whose readings keep ${memory} of the one before`, () => {
    const trials = 2000;
    let covered = 0;
    for (let trial = 0; trial < trials; trial++) {
      const { lower, upper } = slopeOf(series(3, memory, `slope/${memory}/${trial}`))!;
      if (lower <= 3 && upper >= 3) covered++;
    }
    const coverage = covered / trials;
    assert.ok(coverage > 0.93 && coverage < 0.97, `${coverage}`);
  });
}

test('a heap that fills and is collected again and again has no slope, one that also leaks has', () => {
  const sawtooth = (perHour: number) =>
    Array.from({ length: 720 }, (_, i) => ({
      atMs: i * 5 * SECOND_MS,
      value: 200 + (i % 13) * 2 + (perHour * i) / 720,
    }));
  const steady = slopeOf(sawtooth(0))!;
  assert.ok(steady.lower < 0 && steady.upper > 0, JSON.stringify(steady));
  const leaking = slopeOf(sawtooth(20))!;
  assert.ok(leaking.lower > 0 && leaking.lower < 20 && leaking.upper > 20, JSON.stringify(leaking));
});

test('too few readings have no slope, and readings that never ended are left out', () => {
  assert.equal(slopeOf(series(1, 0, 'few').slice(0, 47)), undefined);
  assert.equal(slopeOf([]), undefined);
  const some = series(0, 0, 'some').map((one, i) => (i % 50 === 0 ? { ...one, value: Number.POSITIVE_INFINITY } : one));
  assert.ok(Number.isFinite(slopeOf(some)!.perHour));
});
