import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '../../loadtests/workload/random.ts';
import { normals } from '../gate/testdata/pairs.ts';
import { blocksOf } from './draw.ts';
import { clopperPearson, wilson } from './intervals.ts';
import { mannWhitneyZ } from './mann-whitney.ts';

const near = (actual: number, expected: number, within: number) =>
  assert.ok(Math.abs(actual - expected) <= within, `${actual} instead of ${expected}`);

test('the score interval is that of published examples', () => {
  // Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
  const published: [number, number, number, number][] = [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ];
  for (const [count, of, lower, upper] of published) {
    near(wilson(count, of).lower, lower, 6e-5);
    near(wilson(count, of).upper, upper, 6e-5);
  }
});

test('the exact interval is that of published examples', () => {
  // The same table, method 5.
  const published: [number, number, number, number][] = [
    [81, 263, 0.2527, 0.3676],
    [15, 148, 0.0578, 0.1617],
    [0, 20, 0, 0.1684],
    [1, 29, 0.0009, 0.1776],
  ];
  for (const [count, of, lower, upper] of published) {
    near(clopperPearson(count, of).lower, lower, 6e-5);
    near(clopperPearson(count, of).upper, upper, 6e-5);
  }
});

test('of nothing an interval says nothing', () => {
  for (const interval of [wilson, clopperPearson]) {
    assert.equal(interval(0, 0).lower, 0);
    assert.equal(interval(0, 0).upper, 1);
  }
});

test('rank sums agree with a worked example, with and without ties', () => {
  // U = 8 of 4 x 4: z = (8 - 8) / ... = 0; all of the second larger: U = 16, z = (8 - 0.5) / sqrt(12).
  assert.equal(mannWhitneyZ([1, 4, 5, 8], [2, 3, 6, 7]), 0);
  near(mannWhitneyZ([1, 2, 3, 4], [5, 6, 7, 8]), 7.5 / Math.sqrt(12), 1e-12);
  // Ties: ranks 1.5 1.5 4 4 4 6; U = 4 + 4 + 6 - 6 = 8, variance 9/12 (7 - (6 + 24)/30) = 4.5.
  near(mannWhitneyZ([1, 1, 2], [2, 2, 3]), (8 - 4.5 - 0.5) / Math.sqrt(4.5), 1e-12);
  assert.equal(mannWhitneyZ([1, 1], [1, 1]), 0);
});

test('on equal and independent samples the rank sum exceeds the 1 % limit in 1 % of the cases', () => {
  const next = normals(11);
  const draw = () => Array.from({ length: 60 }, next);
  const cases = 4000;
  let exceeded = 0;
  for (let i = 0; i < cases; i++) if (mannWhitneyZ(draw(), draw()) > 2.3263) exceeded++;
  near(exceeded / cases, 0.01, 3 * Math.sqrt((0.01 * 0.99) / cases));
});

test('blocks keep neighbours together, wrap at the end, and draw every value equally often', () => {
  const next = blocksOf([0, 1, 2, 3, 4, 5, 6], 3, seeded('blocks'));
  const counts = Array(7).fill(0);
  const blocks = 7000;
  for (let i = 0; i < blocks; i++) {
    const [a, b, c] = [next(), next(), next()];
    assert.deepEqual([b, c], [(a + 1) % 7, (a + 2) % 7]);
    for (const value of [a, b, c]) counts[value]++;
  }
  for (const count of counts) near(count / (3 * blocks), 1 / 7, 0.01);
});
