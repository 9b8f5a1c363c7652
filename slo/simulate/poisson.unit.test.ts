import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '../../loadtests/workload/random.ts';
import { logFactorial, poissonCounts, poissonInterval } from './poisson.ts';

for (const mean of [0.05, 2, 9.99, 10, 37, 1500]) {
  test(`counts with mean ${mean} have the Poisson distribution`, () => {
    const next = poissonCounts(seeded(`poisson/${mean}`));
    const draws = 50_000;
    const counts = Array.from({ length: draws }, () => next(mean));
    const average = counts.reduce((sum, count) => sum + count, 0) / draws;
    const variance = counts.reduce((sum, count) => sum + (count - average) ** 2, 0) / draws;
    assert.ok(Math.abs(average - mean) < 5 * Math.sqrt(mean / draws), `mean ${average}`);
    // The variance of a Poisson count's sample variance: (mean + 2 mean^2) / n.
    assert.ok(Math.abs(variance - mean) < 5 * Math.sqrt((mean + 2 * mean ** 2) / draws), `variance ${variance}`);
    const mode = Math.floor(mean);
    const share = counts.filter((count) => count === mode).length / draws;
    const expected = Math.exp(mode * Math.log(mean) - mean - logFactorial(mode));
    assert.ok(Math.abs(share - expected) < 5 * Math.sqrt(expected / draws), `P(${mode}) ${share}, not ${expected}`);
  });
}

test('a mean of 0 gives 0, and the logarithm of a factorial is that of the product', () => {
  assert.equal(poissonCounts(seeded('none'))(0), 0);
  let product = 1;
  for (let n = 1; n <= 20; n++) {
    product *= n;
    assert.ok(Math.abs(logFactorial(n) - Math.log(product)) < 1e-9, `${n}!`);
  }
});

// Garwood's table, as in E. S. Pearson and H. O. Hartley, Biometrika Tables for Statisticians, vol. 1, table 40.
for (const [seen, lower, upper] of [
  [0, 0, 3.689],
  [1, 0.0253, 5.572],
  [10, 4.795, 18.39],
  [50, 37.11, 65.92],
] as const) {
  test(`the 95 % interval of ${seen} is ${lower} to ${upper}`, () => {
    const [low, high] = poissonInterval(seen);
    assert.ok(
      Math.abs(low - lower) < 0.005 * (lower + 0.1) && Math.abs(high - upper) < 0.005 * upper,
      `${low} ${high}`,
    );
  });
}
