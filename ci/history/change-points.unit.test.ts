import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changePoints, pValueOf, pValueOfMean } from './change-points.ts';
import { stepped } from './testdata/made.ts';

const indexes = (series: readonly number[], options = {}) => changePoints(series, options).map(({ index }) => index);

/** Series of noise with sd 1 (seed, length, levels from an index on), and what Apache Otava 0.8.0 found in them plus 100. */
const OTAVA: [seed: number, length: number, levels: [number, number][], found: number[]][] = [
  [1, 60, [[30, 3]], [28]],
  [
    2,
    100,
    [
      [40, 2.5],
      [70, 5],
    ],
    [40, 70],
  ],
  [
    3,
    150,
    [
      [20, -3],
      [90, 1],
    ],
    [20, 90],
  ],
  [
    4,
    200,
    [
      [60, 2],
      [120, 4],
      [160, 0],
    ],
    [60, 120, 160],
  ],
  [5, 80, [[75, 5]], [75]],
  [6, 250, [], []],
  [7, 40, [[8, 4]], [8]],
  [
    8,
    120,
    [
      [50, 1.5],
      [55, 4],
    ],
    [50, 55],
  ],
  [9, 90, [[45, 0.8]], [46]],
  [
    10,
    180,
    [
      [30, 3],
      [60, 0],
      [90, 3],
      [120, 0],
      [150, 3],
    ],
    [30, 60, 90, 120, 151],
  ],
];

for (const [seed, length, levels, found] of OTAVA) {
  test(`series ${seed} of ${length} values with ${levels.length} steps: the points are those of Apache Otava`, () => {
    assert.deepEqual(indexes(stepped(seed, length, levels)), found);
  });
}

test('a step without noise is found where it is, with its means', () => {
  const [point, ...others] = changePoints([...Array(12).fill(5), ...Array(9).fill(7)]);
  assert.deepEqual(others, []);
  assert.deepEqual(point, { index: 12, before: 5, after: 7, pValue: 0 });
});

test('a level that returns is two points, a constant series and a short one have none', () => {
  assert.deepEqual(
    indexes(
      stepped(21, 90, [
        [30, 4],
        [60, 0],
      ]),
    ),
    [30, 60],
  );
  assert.deepEqual(indexes(Array(40).fill(3)), []);
  for (const short of [[], [1], [1, 9]]) assert.deepEqual(indexes(short), []);
});

test('one far value among equal ones is no change', () => {
  const series = stepped(22, 80, []);
  series[40] = 12;
  assert.deepEqual(indexes(series), []);
});

test('a step smaller than the least magnitude is left out', () => {
  const series = stepped(2, 100, [
    [40, 2.5],
    [70, 5],
  ]);
  assert.deepEqual(indexes(series, { minMagnitude: 5 }), []);
  assert.deepEqual(indexes(series, { minMagnitude: 1 }), [40, 70]);
});

test('p values are those of the t tests of SciPy 1.16', () => {
  const near = (actual: number, expected: number) => assert.ok(Math.abs(actual - expected) < 1e-9, `${actual}`);
  near(pValueOf([1.0, 1.02, 1.05, 0.95, 0.98], [1.03, 1.06, 1.09, 1.01]), 0.09567590521871687);
  near(pValueOfMean([0.4, -0.1, 0.3, 0.6, 0.2]), 0.07285505961025567);
});

/** Share of 200 seeded series in which `isFound` holds. */
function share(isFound: (seed: number) => boolean): number {
  return Array.from({ length: 200 }, (_, i) => isFound(10_000 + i)).filter(Boolean).length / 200;
}

test('a year of 250 results without a change: fewer than one in five years has a false point', (t) => {
  const years = share((seed) => indexes(stepped(seed, 250, [])).length > 0);
  t.diagnostic(`years with a false point: ${years}`);
  assert.ok(years < 0.2, `${years}`);
});

/** Least share of steps found (index right by 3, right direction) by size in sd of one result and results after the step. */
const RECALL: [size: number, after: number, least: number][] = [
  [3, 5, 0.95],
  [2, 10, 0.9],
  [1, 25, 0.4],
];

for (const [size, after, least] of RECALL) {
  test(`a step of ${size} sd is found within ${after} results in at least ${least * 100} %`, (t) => {
    const found = share((seed) =>
      changePoints(stepped(seed, 100 + after, [[100, size]])).some(
        (point) => Math.abs(point.index - 100) <= 3 && point.after > point.before,
      ),
    );
    t.diagnostic(`found: ${found}`);
    assert.ok(found >= least, `${found}`);
  });
}
