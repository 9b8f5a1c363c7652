import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleOf } from '../run/samples.ts';
import type { Plan } from '../workload/plan.ts';
import { acknowledgedIn, audit } from './audit.ts';

const acknowledged = [
  { id: 'a', version: 1 },
  { id: 'b', version: 2 },
];
const counts = { acknowledged: 2, published: 2, projected: 2 };

test('the hook gets what was acknowledged, and an audit without losses is whole', async () => {
  let asked = '';
  const found = await audit(acknowledged, async (stdin) => {
    asked = stdin;
    return JSON.stringify({ ...counts, missing: [] });
  });
  assert.deepEqual(JSON.parse(asked), { acknowledged });
  assert.deepEqual(found, { checked: true, whole: true, ...counts, missing: [] });
});

test('an audit that names something missing, or counts less, is not whole', async () => {
  const missing = [{ id: 'b', version: 2, where: 'projection', why: 'still at version 1' }];
  for (const answer of [
    { ...counts, projected: 1, missing },
    { ...counts, published: 1, missing: [] },
  ]) {
    const found = await audit(acknowledged, async () => JSON.stringify(answer));
    assert.equal(found.checked && found.whole, false);
  }
});

test('a service without the hook is not checked, and that is said', async () => {
  const found = await audit(acknowledged, async () => undefined);
  assert.deepEqual(found, { checked: false, acknowledged: 2, why: 'the service file names no audit hook' });
});

test('a hook that prints something else is a failure', async () => {
  for (const out of ['oops', '{}', '[]']) {
    await assert.rejects(
      audit(acknowledged, async () => out),
      { code: 'audit.malformed' },
    );
  }
});

test('acknowledged is what a command named with its version, and all that a bulk command holds, when they succeeded', async () => {
  const call = { step: 's', method: 'POST', path: '/', identity: 0, atMs: 0 } as const;
  const many = [
    { id: 'b', version: 2 },
    { id: 'c', version: 2 },
  ];
  const arrivals: Plan['arrivals'] = [
    { ...call, aggregateId: 'a' },
    { ...call, acknowledges: many },
    { ...call, acknowledges: many.map(({ version }) => ({ id: 'refused', version })) },
    { ...call, aggregateId: 'unanswered' },
  ];
  const figures = { seed: 1, warmUpMs: 0, durationMs: 1, ratePerSecond: 1, workloadHash: '' };
  const plan: Plan = { schema: 'amsperf/plan/v1', ...figures, identities: [], arrivals };
  const times = { pickedMs: 0, startMs: 0, serviceMs: 1 };
  const sent = [
    { index: 0, ...times, status: 201, version: 7 },
    { index: 1, ...times, status: 201 },
    { index: 2, ...times, status: 409 },
    { index: 3, ...times, status: 0 },
  ];
  const samples = sent.map((one) => sampleOf(plan, one)!);
  assert.deepEqual(await acknowledgedIn(plan, samples), [{ id: 'a', version: 7 }, ...many]);
});
