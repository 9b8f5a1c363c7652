import assert from 'node:assert/strict';
import { test } from 'node:test';
import { share, weighted, zipf } from './pick.ts';
import { namedUuid, seeded } from './random.ts';

test('a seed gives the same numbers again, and another seed others', () => {
  const draw = (purpose: string) => {
    const random = seeded(purpose);
    return Array.from({ length: 5 }, () => random());
  };
  assert.deepEqual(draw('7/calls'), draw('7/calls'));
  assert.notDeepEqual(draw('7/calls'), draw('8/calls'));
  assert.notDeepEqual(draw('7/calls'), draw('7/arrivals'));
});

test('numbers are uniform: each tenth gets a tenth', () => {
  const random = seeded('uniform');
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 100_000; i++) counts[Math.floor(random() * 10)]!++;
  // Chi-square with 9 degrees of freedom: 27.9 is the 0.1 % point.
  const chi2 = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
  assert.ok(chi2 < 27.9, `chi-square ${chi2}`);
});

test('named ids are valid UUIDs and do not collide', () => {
  const ids = new Set<string>();
  for (let seed = 0; seed < 20; seed++) for (let i = 0; i < 10_000; i++) ids.add(namedUuid(`run/${seed}/${i}`));
  assert.equal(ids.size, 200_000);
  for (const id of [...ids].slice(0, 1000)) {
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
});

test('Zipf weights fall with the rank, and picks follow the weights', () => {
  const weights = zipf(8, 1);
  assert.equal(weights[0]! / weights[7]!, 8);
  const pick = weighted(weights);
  const random = seeded('zipf');
  const counts = new Array<number>(8).fill(0);
  for (let i = 0; i < 100_000; i++) counts[pick(random)]!++;
  const sum = weights.reduce((a, b) => a + b, 0);
  counts.forEach((count, rank) => {
    const expected = (100_000 * weights[rank]!) / sum;
    assert.ok(Math.abs(count - expected) < 5 * Math.sqrt(expected), `rank ${rank}: ${count}, expected ${expected}`);
  });
});

test('a choice with weight 0 never comes', () => {
  const pick = weighted([0, 1, 0]);
  const random = seeded('none');
  for (let i = 0; i < 1000; i++) assert.equal(pick(random), 1);
});

test('shares are whole, at least 1, and add up', () => {
  const parts = share(400, zipf(8, 1));
  assert.equal(
    parts.reduce((a, b) => a + b, 0),
    400,
  );
  assert.ok(parts.every((part) => Number.isInteger(part) && part >= 1));
  assert.ok(parts[0]! > parts[7]! * 5);
});
