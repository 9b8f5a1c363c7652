import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normals } from '../gate/testdata/pairs.ts';
import { changeSinceStart, findingsOf } from './findings.ts';
import type { HistoryRecord } from './record.ts';
import { toSeries } from './series.ts';
import { commitName, madeRecords } from './testdata/made.ts';

const REFERENCE = 'f'.repeat(40);
const near = (actual: number, expected: number, by = 1e-9) => assert.ok(Math.abs(actual - expected) < by, `${actual}`);

/** True levels made into results: against one reference build, or each against the commit before. Noise of `sd` a gate. */
function measured(levels: readonly number[], kind: 'reference' | 'chain', sd: number, seed: number) {
  const next = normals(seed);
  const ratios = levels.map((level, i) => (kind === 'reference' ? level : level - (levels[i - 1] ?? 0)) + sd * next());
  return toSeries(madeRecords(ratios, kind === 'reference' ? { base: REFERENCE } : {}))[0]!;
}
const creep = (perCommit: number, commits = 40, from = 40) =>
  Array.from({ length: from + commits }, (_, i) => Math.max(0, i - from + 1) * perCommit);

test('results against one build are levels as they stand, results against the build before add up', () => {
  const [reference] = toSeries(madeRecords([0.1, 0.12, 0.11], { base: REFERENCE }));
  assert.equal(reference!.stretches[0]!.kind, 'reference');
  assert.deepEqual(
    reference!.stretches[0]!.points.map((point) => point.level),
    [0.1, 0.12, 0.11],
  );
  near(reference!.stretches[0]!.points[0]!.stepError!, 0.06 / 3);

  const [chain] = toSeries(madeRecords([0.1, 0.02, -0.01]));
  assert.equal(chain!.stretches[0]!.kind, 'chain');
  for (const [i, level] of [0.1, 0.12, 0.11].entries()) near(chain!.stretches[0]!.points[i]!.level, level);
});

test('a comparison that was run twice is one point, its mean, and does not look like a reference', () => {
  const [first, second, third] = madeRecords([0.1, 0.02, 0.03]) as [HistoryRecord, HistoryRecord, HistoryRecord];
  const metrics = { 'response-p95': { ...second.metrics['response-p95']!, logRatio: 0.04 } };
  const { stretches } = toSeries([first, second, { ...second, id: 'again', metrics }, third])[0]!;
  assert.deepEqual(
    stretches.map(({ kind, points }) => [kind, points.length]),
    [['chain', 3]],
  );
  near(stretches[0]!.points[1]!.step, 0.03);
  near(stretches[0]!.points[1]!.stepError!, 0.02 / Math.SQRT2);
  near(stretches[0]!.points[2]!.level, 0.16);
});

test('when the reference moves to a commit that was measured, the curve goes on from there', () => {
  const moved = [
    ...madeRecords([0, 0.05, 0.05], { base: REFERENCE }),
    ...madeRecords([0.01, 0.02], { base: commitName(3), first: 4 }),
  ];
  const { stretches } = toSeries(moved)[0]!;
  assert.deepEqual(
    stretches.map(({ kind, isCut }) => [kind, isCut]),
    [
      ['reference', false],
      ['reference', false],
    ],
  );
  near(stretches[1]!.points[1]!.level, 0.07);
  near(changeSinceStart(toSeries(moved)[0]!), Math.expm1(0.07));
});

test('a base without a result of its own cuts the curve, and the change since the start begins anew', () => {
  const cut = [...madeRecords([0.1, 0.1]), ...madeRecords([0.01, 0.02], { first: 9 })];
  const series = toSeries(cut)[0]!;
  assert.deepEqual(
    series.stretches.map(({ isCut }) => isCut),
    [false, true],
  );
  near(changeSinceStart(series), Math.expm1(0.03));
});

test('a step against a reference is found with its commits, its size and an interval that holds it', () => {
  const levels = Array.from({ length: 80 }, (_, i) => (i >= 50 ? 0.06 : 0));
  const [finding, ...others] = findingsOf(measured(levels, 'reference', 0.02, 3));
  assert.deepEqual(others, []);
  assert.equal(finding!.kind, 'step');
  assert.equal(finding!.from, commitName(50));
  assert.equal(finding!.to, commitName(51));
  assert.ok(finding!.lower < Math.expm1(0.06) && Math.expm1(0.06) < finding!.upper);
  near(finding!.effect, Math.expm1(0.06), 0.012);
});

/** Share of 100 seeded histories with a finding for the worse after the creep began. */
function foundShare(kind: 'reference' | 'chain', perCommit: number, sd: number): number {
  const hits = Array.from({ length: 100 }, (_, seed) =>
    findingsOf(measured(creep(perCommit), kind, sd, 500 + seed)).some((finding) => finding.effect > 0),
  );
  return hits.filter(Boolean).length / hits.length;
}

test('a creep of half a percent a commit, four times below the noise of a gate, is found against a reference and hardly in a chain', (t) => {
  const [reference, chain] = [foundShare('reference', 0.005, 0.02), foundShare('chain', 0.005, 0.02)];
  t.diagnostic(`found after 40 commits: reference ${reference}, chain ${chain}`);
  assert.ok(reference >= 0.95, `${reference}`);
  assert.ok(chain < reference / 2, `${chain}`);
});

test('a chain finds a creep as great as the noise of a gate, with the whole of it in the interval', () => {
  const series = measured(creep(0.02), 'chain', 0.02, 8);
  const creeping = findingsOf(series).filter((finding) => finding.effect > 0);
  assert.equal(creeping.length, 1);
  const [{ kind, commits, lower, upper }] = creeping as [(typeof creeping)[0]];
  assert.equal(kind, 'creep');
  const truth = Math.expm1(0.02 * Math.min(40, commits));
  assert.ok(lower < truth && truth < upper, `${lower} to ${upper} over ${commits}`);
});

test('100 histories of 80 equal builds: hardly one has a finding, in a chain or against a reference', (t) => {
  for (const kind of ['reference', 'chain'] as const) {
    const found = foundShare(kind, 0, 0.02);
    t.diagnostic(`${kind}: ${found}`);
    assert.ok(found <= 0.05, `${kind} ${found}`);
  }
});
