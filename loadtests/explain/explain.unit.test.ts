import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { Arrival, Plan } from '../workload/plan.ts';
import { readCounted } from './counted.ts';
import { explainPlan } from './explain.ts';
import { explanationHtml } from './html.ts';
import { type Explanation, explanationText, sparkline } from './text.ts';

// 10 s warm-up at 10/s, then 100 s at 20/s, even: of four requests behind the warm-up three are reads of one parent, one is a write.
const identities = [
  { tenant: 't', role: 'parent', subject: 'p' },
  { tenant: 't', role: 'teacher', subject: 'q' },
  { tenant: 't', role: 'teacher', subject: 'idle' },
];
const read = { step: 'read', method: 'GET', path: '/', identity: 0 } as const;
const write = { step: 'write', method: 'POST', path: '/', identity: 1, key: 'k' } as const;
const warm: Arrival[] = Array.from({ length: 100 }, (_, n) => ({ atMs: n * 100, ...read }));
const hold: Arrival[] = Array.from({ length: 2000 }, (_, n) => {
  // The visit of a parent: three reads, of a teacher: one write.
  return {
    atMs: 10_000 + n * 50,
    ...(n % 4 === 3 ? { ...write, journey: 'w' } : { ...read, journey: 'r' }),
    visit: Math.floor(n / 4) * 2 + (n % 4 === 3 ? 1 : 0),
  };
});
const rates = (from: number, to: number, ratePerSecond: number) => [from, to].map((atMs) => ({ atMs, ratePerSecond }));
const plan: Plan = {
  schema: 'amsperf/plan/v1',
  seed: 1,
  warmUpMs: 10_000,
  durationMs: 110_000,
  ratePerSecond: 20,
  workloadHash: 'h',
  phases: [
    { name: 'warm-up', kind: 'warm-up', fromMs: 0, toMs: 10_000, rates: rates(0, 10_000, 10) },
    { name: 'hold', kind: 'hold', fromMs: 10_000, toMs: 110_000, rates: rates(10_000, 110_000, 20) },
  ],
  identities,
  arrivals: [...warm, ...hold],
};

const counted = [
  { step: 'read', counter: 'sql-statements', perCall: 0 },
  { step: 'write', counter: 'sql-statements', perCall: 4 },
  { step: 'read', counter: 'documents-examined', perCall: 3 },
  { step: 'other', counter: 'documents-examined', perCall: 1000 },
];
const explained = explainPlan(plan, 10, counted);

test('phases have what their rates expect and what was drawn, and the percentiles that so many samples carry', () => {
  const of = ({ name, expected, planned, carries }: (typeof explained.phases)[number]) => [
    name,
    expected,
    planned,
    carries,
  ];
  // 10 samples must lie beyond: 2000 carry p99 (20 beyond), 100 carry p90 (10 beyond).
  assert.deepEqual(explained.phases.map(of), [
    ['warm-up', 100, 100, 0.9],
    ['hold', 2000, 2000, 0.99],
  ]);
});

test('steps have their roles, their share without the warm-up, and their busiest second', () => {
  assert.deepEqual(explained.steps, [
    { step: 'read', roles: ['parent'], planned: 1500, share: 0.75, highestPerSecond: 15, carries: 0.99 },
    { step: 'write', roles: ['teacher'], planned: 500, share: 0.25, highestPerSecond: 5, carries: 0.95 },
  ]);
});

test('users who ask are told from those who do not, and the busiest minute of one user is found', () => {
  assert.deepEqual(explained.roles, [
    { role: 'parent', users: 1, asking: 1, requests: 1600, mostPerMinute: 900 },
    { role: 'teacher', users: 2, asking: 1, requests: 500, mostPerMinute: 300 },
  ]);
});

test('journeys are counted with their steps and their length', () => {
  assert.deepEqual(explained.journeys, [
    { journey: 'r', begun: 500, meanSteps: 3, meanSeconds: 0.1 },
    { journey: 'w', begun: 500, meanSteps: 1, meanSeconds: 0 },
  ]);
});

test('slices add up to the plan', () => {
  const sum = explained.slices.reduce(
    (total, { ratePerSecond, fromMs, toMs }) => total + (ratePerSecond * (toMs - fromMs)) / 1000,
    0,
  );
  assert.ok(Math.abs(sum - 2100) < 1e-6);
  for (const { ratePerSecond, byRole } of explained.slices.slice(10)) {
    assert.ok(Math.abs(ratePerSecond - 20) < 1e-9);
    assert.ok(Math.abs(byRole.teacher! - 5) < 1e-9);
  }
});

test('work is what the counted steps cost, in their shares; steps that do not come cost nothing', () => {
  assert.deepEqual(explained.work, [
    { counter: 'sql-statements', perRequest: 1, perSecond: 20, counted: 1 },
    { counter: 'documents-examined', perRequest: 2.25, perSecond: 45, counted: 0.75 },
  ]);
  assert.deepEqual(explainPlan(plan, 10).work, []);
});

const explanation: Explanation = {
  ...explained,
  scenario: 'peak',
  about: 'A & B.',
  seed: 1,
  arrivalsAre: 'poisson',
  workloadHash: 'h',
  seedCalls: 42,
};

test('the text has a curve, the phases and what to do next; the page has the drawings and no script', () => {
  const text = explanationText(explanation, { report: 'reports/x.html', next: 'npm run load -- peak' });
  assert.match(text, /2100 requests in 110 s, at most 20\/s/);
  assert.match(text, /hold +hold +10 +110 +20 +2000 +2000 +p99/);
  assert.match(text, /sql-statements +1\.00 +20 +100\.0 %/);
  assert.equal(sparkline(explained), `${'▄'.repeat(10)}${'█'.repeat(100)}`);
  const html = explanationHtml(explanation);
  assert.equal(html.match(/<svg/g)!.length, 3);
  assert.ok(html.includes('A &amp; B.') && !html.includes('<script'));
});

test('counts come from the result of a gate that counted; any other file gives none', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'ams-perf-explain-'));
  const file = path.join(dir, 'result.json');
  try {
    assert.deepEqual(await readCounted(file), []);
    for (const text of ['{', '{"counters":null}', '{"counters":{"totals":[{"step":1}]}}']) {
      await writeFile(file, text);
      assert.deepEqual(await readCounted(file), []);
    }
    const row = { step: 'card', counter: 'sql-rows', base: 1, head: 2, isMore: true };
    await writeFile(file, JSON.stringify({ counters: { verdict: 'SAME', totals: [row] } }));
    assert.deepEqual(await readCounted(file), [{ step: 'card', counter: 'sql-rows', perCall: 2 }]);
  } finally {
    await rm(dir, { recursive: true });
  }
});
