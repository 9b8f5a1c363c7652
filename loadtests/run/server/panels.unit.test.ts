import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExposedSample } from '../../../slo/source/exposition.ts';
import type { Panel } from '../../../system/local/service-spec.ts';
import { type PanelLines, quantileOfBuckets, startPanels } from './panels.ts';

const panelOf = (more: Partial<Panel>): Panel => ({
  ...{ title: 't', unit: 'u', metric: 'm', show: 'value', where: {}, times: 1 },
  ...more,
});
const sample = (value: number, labels: Record<string, string> = {}, name = 'm'): ExposedSample => ({
  name,
  labels,
  value,
});

/** One reading every 2 s, of one process `api`. */
function linesOf(panel: Partial<Panel>, readings: ExposedSample[][]): PanelLines['lines'] {
  const panels = startPanels([panelOf(panel)]);
  for (const [i, samples] of readings.entries()) panels.add(i * 2000, [{ process: 'api', samples }]);
  return panels.lines()[0]!.lines;
}

test('a gauge is drawn by label, and only with the labels asked for', () => {
  const reading = [sample(3, { state: 'idle', pool: 'a' }), sample(9, { state: 'idle', pool: 'b' })];
  assert.deepEqual(linesOf({ by: 'state', where: { pool: 'a' } }, [reading, []]), [
    { name: 'api idle', values: [3, null] },
  ]);
  assert.deepEqual(linesOf({}, [reading]), [{ name: 'api', values: [12] }]);
});

test('a counter that grows by 10 in 2 s has a rate of 5, also after its process began again', () => {
  const [line] = linesOf({ show: 'rate' }, [[sample(100)], [sample(110)], [sample(10)]]);
  assert.deepEqual(line!.values, [null, 5, 5]);
});

test('the share of hits is that of the increase, and nothing when nothing was asked', () => {
  const reading = (hit: number, miss: number) => [sample(hit, { outcome: 'hit' }), sample(miss, { outcome: 'miss' })];
  const readings = [reading(900, 100), reading(903, 101), reading(903, 101)];
  assert.deepEqual(linesOf({ show: 'share', of: { outcome: 'hit' } }, readings)[0]!.values, [null, 0.75, null]);
});

test('the p95 of a histogram is that of what came since the reading before', () => {
  const reading = (...counts: number[]) =>
    ['0.1', '0.2', '+Inf'].map((le, i) => sample(counts[i]!, { le }, 'm_bucket'));
  const readings = [reading(1000, 1000, 1000), reading(1090, 1100, 1100), reading(1090, 1100, 1110)];
  // 90 of 100 are at most 0.1, the other ten lie in (0.1, 0.2]: rank 95 is in the middle of these.
  const [line] = linesOf({ show: 'p95', times: 1000 }, readings);
  assert.equal(line!.values[0], null);
  assert.ok(Math.abs(line!.values[1]! - 150) < 1e-9, `${line!.values[1]}`);
  assert.equal(line!.values[2], 200, 'above the highest bound that bound is told');
});

test('a quantile of evenly spread values is itself, and of none there is none', () => {
  const even = new Map([0.25, 0.5, 0.75, 1].map((bound) => [bound, bound * 1000]));
  for (const q of [0.1, 0.5, 0.95]) assert.ok(Math.abs(quantileOfBuckets(q, even)! - q) < 1e-9);
  assert.equal(quantileOfBuckets(0.5, new Map([[1, 0]])), null);
});

test('a process that starts to answer later has nulls before', () => {
  const panels = startPanels([panelOf({})]);
  panels.add(0, []);
  panels.add(2000, [{ process: 'api', samples: [sample(1)] }]);
  assert.deepEqual(panels.lines()[0]!.lines, [{ name: 'api', values: [null, 1] }]);
});
