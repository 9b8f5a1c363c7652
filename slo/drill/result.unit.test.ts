import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { readAllObjectives } from '../objectives/read.ts';
import { BURN_FAULTS, SIDE_FAULTS } from './faults.ts';
import { drillPage } from './html.ts';
import { type DrillResult, shortcomings } from './result.ts';
import { waitsOf } from './routes.ts';
import { drillTable } from './table.ts';

const objectives = await readAllObjectives(path.join(import.meta.dirname, '../objectives'));

const good: DrillResult = {
  alert: 'ErrorBudgetBurn',
  slo: 'errors',
  fault: 'table-gone',
  what: 'a <table> is gone',
  startedAt: '2026-11-23T00:00:00.000Z',
  scale: 30,
  badShare: 1,
  eventsPerSecond: 16,
  seen: { badShare: 1, eventsPerSecond: 16 },
  predicted: { firesAfter: 9, pageAfter: 10, resolvedAfter: 70 },
  actual: { pageAfter: 11.5, resolvedAfter: 70.2 },
  onCallMinutes: 5,
  toleranceSeconds: 2,
  heldSeconds: 60,
  tiers: ['1h', '6h', '1d', '3d'],
  notifications: 1,
  afterwards: 0,
  alsoPaged: [],
};

test('a drill passes when the page came once, when predicted, and its end was told; each of these can fail it', () => {
  assert.deepEqual(shortcomings(good), []);
  const wrong: [Partial<DrillResult>, RegExp][] = [
    [{ actual: { pageAfter: 12.1, resolvedAfter: 70 } }, /^told \+2\.1 s from the prediction$/],
    [{ actual: { pageAfter: 7.9, resolvedAfter: 70 } }, /^told -2\.1 s from the prediction$/],
    [{ actual: { pageAfter: null, resolvedAfter: null } }, /^nobody was told$/],
    [{ actual: { pageAfter: 10, resolvedAfter: null } }, /^nobody was told that it ended$/],
    [{ notifications: 4 }, /^4 notifications for one fault$/],
    [{ afterwards: 1 }, /^1 more after it had ended$/],
    [{ alsoPaged: ['LatencyBudgetBurn'] }, /^LatencyBudgetBurn paged, too$/],
  ];
  for (const [change, reason] of wrong) {
    const found = shortcomings({ ...good, ...change });
    assert.equal(found.length, 1);
    assert.match(found[0]!, reason);
  }
});

test('every objective has a drill, and no two faults have one name', () => {
  assert.deepEqual([...new Set(BURN_FAULTS.map(({ slo }) => slo))].sort(), objectives.map(({ name }) => name).sort());
  const names = [...BURN_FAULTS, ...SIDE_FAULTS].map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
});

test('the waits are those of the route that takes the alert, divided by the scale', () => {
  const waits = (labels: Record<string, string>) => waitsOf(objectives, labels, 10).groupWaitSeconds;
  assert.equal(waits({ notify: 'page', severity: 'sev-1' }), 1);
  assert.equal(waits({ notify: 'page', severity: 'sev-2' }), 3);
  assert.equal(waits({ notify: 'ticket', severity: 'sev-3' }), 30);
  assert.throws(() => waits({ notify: 'nobody' }));
});

test('table and page show the same figures, and the page shows what failed', () => {
  const bad = { ...good, fault: 'other', notifications: 3 };
  const results = [good, bad];
  const text = drillTable(results);
  assert.match(text, /ErrorBudgetBurn +table-gone +10\.0 +11\.5 +\+1\.5 s +2\.0 s .* PASS/);
  const page = drillPage({
    schema: 'amsperf/drill/v1',
    drilledAt: '2026-11-23T00:00:00.000Z',
    commit: 'abc',
    machine: '2 x CPU',
    scale: 30,
    results,
    undone: [{ fault: 'api-killed', message: 'not well' }],
  });
  for (const cell of [
    'table-gone',
    '11.5',
    '+1.5 s',
    'FAIL: 2 of 3',
    'api-killed was not drilled: not well',
    '3 notifications for one fault',
  ]) {
    assert.ok(page.includes(cell), cell);
  }
  assert.ok(page.includes('a &lt;table&gt; is gone'));
  assert.ok(page.includes('<svg'));
});
