import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '../../workload/random.ts';
import { Histogram } from '../histogram.ts';
import { intervalOf, logQuantile, ratioOf } from './jackknife.ts';

const BLOCKS = 20;
const TRIALS = 300;

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** 20 blocks of 100 log-normal times around 20 ms; `level` is the sd of what the requests of a block have in common. */
function blocksOf(seed: string, level = 0, times = 1): Histogram[] {
  const random = seeded(seed);
  return Array.from({ length: BLOCKS }, () => {
    const histogram = new Histogram();
    const common = level * normal(random);
    for (let i = 0; i < 100; i++) histogram.add(20 * times * Math.exp(0.5 * normal(random) + common));
    return histogram;
  });
}

/** z-values of the 50 % and 95 % quantiles of a normal distribution. */
const Z: [q: number, z: number][] = [
  [0.5, 0],
  [0.95, 1.6448536],
];

for (const level of [0, 0.15]) {
  for (const [q, z] of Z) {
    test(`the 95 % interval holds the true p${q * 100} in 91 to 98 % of runs, with a common level of sd ${level} in each block`, () => {
      // The sum of two independent normal logarithms is normal.
      const truth = 20 * Math.exp(z * Math.hypot(0.5, level));
      let covered = 0;
      for (let trial = 0; trial < TRIALS; trial++) {
        const { lower, upper } = intervalOf(logQuantile(blocksOf(`jackknife/${level}/${q}/${trial}`, level), q)!);
        if (lower <= truth && truth <= upper) covered++;
      }
      assert.ok(covered / TRIALS > 0.91 && covered / TRIALS < 0.98, `${covered / TRIALS}`);
    });
  }
}

test('the interval of a ratio holds a true +20 % in 91 to 98 % of pairs of runs', () => {
  let covered = 0;
  for (let trial = 0; trial < TRIALS; trial++) {
    const [a, b] = [blocksOf(`a/${trial}`, 0.1), blocksOf(`b/${trial}`, 0.1, 1.2)].map(
      (one) => logQuantile(one, 0.95)!,
    );
    const { lower, upper } = intervalOf(ratioOf(a!, b!));
    if (lower <= 1.2 && 1.2 <= upper) covered++;
  }
  assert.ok(covered / TRIALS > 0.91 && covered / TRIALS < 0.98, `${covered / TRIALS}`);
});

test('too few blocks or requests, and requests without an answer, have no interval', () => {
  assert.equal(logQuantile(blocksOf('few').slice(0, 9), 0.5), undefined);
  assert.equal(logQuantile(blocksOf('p999'), 0.999), undefined);
  const never = blocksOf('never');
  for (const block of never) for (let i = 0; i < 20; i++) block.add(Number.POSITIVE_INFINITY);
  assert.equal(logQuantile(never, 0.95), undefined);
  assert.ok(logQuantile(never, 0.5));
});
