import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judged, type Measured } from './result.ts';

const measured: Measured = {
  name: 'example',
  unit: 'ms CPU per request',
  ours: [1.2, 1.3, 1.5],
  rivals: { floor: [1, 1, 1], other: [2, 1.3, 2] },
  goals: [],
  notes: [],
};

test('the ratio is that of the medians, its spread that of the rounds', () => {
  const { ratio, ratios } = judged(measured);
  assert.deepEqual(ratio, { median: 1.3, low: 1.2, high: 1.5 });
  assert.deepEqual(ratios.other, { median: 0.65, low: 0.6, high: 1 });
});

test('a goal on a ratio holds up to its bound, "below" does not', () => {
  const met = (goal: object) => judged({ ...measured, goals: [goal] }).met;
  assert.equal(met({ against: 'floor', atMost: 1.3 }), true);
  assert.equal(met({ against: 'floor', atMost: 1.29 }), false);
  assert.equal(met({ against: 'floor', below: 1.3 }), false);
  assert.equal(met({ against: 'other', below: 1 }), true);
  assert.equal(met({ atLeast: 1.31 }), false);
  assert.equal(met({ atLeast: 1.3 }), true);
});

test('one missed goal is a miss, and no goal is none', () => {
  const goals = [
    { against: 'floor', atMost: 2 },
    { against: 'other', below: 0.5 },
  ];
  const result = judged({ ...measured, goals });
  assert.deepEqual(
    result.goals.map((goal) => goal.met),
    [true, false],
  );
  assert.equal(result.met, false);
  assert.equal(result.goal, 'at most 2x floor; below 0.5x other');
  assert.equal(judged(measured).met, true);
});

test('a rival with other rounds than ours, or a goal on somebody who did not run, is refused', () => {
  assert.throws(() => judged({ ...measured, rivals: { floor: [1] } }), /floor has 1 rounds/);
  assert.throws(() => judged({ ...measured, goals: [{ against: 'nobody', atMost: 1 }] }), /nobody/);
});
