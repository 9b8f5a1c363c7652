import assert from 'node:assert/strict';
import { test } from 'node:test';
import { carryOutConfirmation } from './confirm.ts';
import { plantEnvironment } from './plant/environment.ts';
import { mean } from './statistics.ts';
import { children, gatedArms } from './testdata/gated.ts';

test('taking turns on real servers, a head that waits 100 ms more shows it in every slice', async (t) => {
  const { arms, load } = await gatedArms(t, plantEnvironment({ kind: 'delay', ms: 100 }));
  const plan = load.turnsPlanOf(1);
  const { slices } = await carryOutConfirmation({ ...load, index: 0, arms, plan, onProgress() {} });
  assert.equal(slices.length, 3);
  const logs = slices.map((slice) => slice['response-typical']);
  // 5 ms against 105 ms is a log ratio of 3; a busy machine takes from it, because base gets slower by as much as head.
  assert.ok(mean(logs) > Math.log(1.5) && mean(logs) < Math.log(25), `${logs}`);
  assert.deepEqual(children(), []);
});
