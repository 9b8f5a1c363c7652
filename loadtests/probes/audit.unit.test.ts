import assert from 'node:assert/strict';
import { test } from 'node:test';
import { audit } from './audit.ts';

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
