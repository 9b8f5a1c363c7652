import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Server, sharesOf, weightsFor } from './shares.ts';

const pools = (blue: number, green: number, isUp = true): Server[] =>
  [...Array(blue).fill('blue'), ...Array(green).fill('green')].map((pool, n) => ({
    name: `${pool}-${n}`,
    pool,
    weight: 0,
    isUp,
  }));
const weighted = (servers: Server[], weights: Record<string, number>) =>
  sharesOf(servers.map((one) => ({ ...one, weight: weights[one.pool]! })));

test('whatever the sizes of the pools, the weights give the share that was asked for, as near as whole numbers can', () => {
  for (const [blue, green] of [
    [1, 1],
    [2, 2],
    [2, 1],
    [1, 4],
    [5, 3],
  ] as const) {
    for (const share of [0.01, 0.05, 0.1, 0.25, 0.5, 0.9, 0.99]) {
      const servers = pools(blue, green);
      const weights = weightsFor({ green: share, blue: 1 - share }, servers);
      const seen = weighted(servers, weights).green!;
      assert.ok(Math.max(...Object.values(weights)) <= 256);
      assert.ok(Math.abs(seen - share) < 0.006, `${blue} blue, ${green} green: ${seen} instead of ${share}`);
    }
  }
});

test('shares that whole numbers can give exactly are given exactly', () => {
  const servers = pools(2, 2);
  for (const share of [0.05, 0.1, 0.25, 0.5, 0.75]) {
    const seen = weighted(servers, weightsFor({ green: share, blue: 1 - share }, servers)).green!;
    assert.ok(Math.abs(seen - share) < 1e-12, `${seen} instead of ${share}`);
  }
});

test('nothing is exactly nothing, and a share too small for whole numbers is still a share', () => {
  assert.deepEqual(weightsFor({ blue: 1, green: 0 }, pools(2, 2)), { blue: 256, green: 0 });
  assert.equal(weightsFor({ blue: 0.9999, green: 0.0001 }, pools(1, 1)).green, 1);
});

test('a pool without servers gets nothing', () => {
  assert.deepEqual(weightsFor({ blue: 1, green: 0 }, pools(2, 0)), { blue: 256, green: 0 });
  assert.deepEqual(sharesOf([]), {});
});

test('a server that is down has no share', () => {
  const [up, down] = pools(1, 1);
  assert.deepEqual(
    sharesOf([
      { ...up!, weight: 10 },
      { ...down!, weight: 90, isUp: false },
    ]),
    { blue: 1, green: 0 },
  );
});
