import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXIT } from '../../cli/exit.ts';
import { whyNotWhole } from './audit.ts';
import { conclude, type ObjectiveRow } from './result.ts';

const missed: ObjectiveRow = { name: 'fast', target: 0.95, actual: 0.9, met: false, detail: '90 of 100' };

test('an untrusted run says nothing else, and a regression comes before a missed objective and an old exception', () => {
  assert.deepEqual(conclude('INVALID', [missed], { isExpired: true }), { verdict: 'INVALID', exitCode: EXIT.invalid });
  assert.deepEqual(conclude('REGRESSION', [missed], { isExpired: true }).exitCode, EXIT.regression);
});

test('an exception past its day fails what would have passed', () => {
  assert.deepEqual(conclude('PASS', [], { isExpired: true }), { verdict: 'EXPIRED', exitCode: EXIT.regression });
});

test('a missed objective comes before PASS and INCONCLUSIVE', () => {
  for (const verdict of ['PASS', 'INCONCLUSIVE'] as const) {
    assert.equal(conclude(verdict, [missed]).exitCode, EXIT.objective);
    assert.equal(conclude(verdict, [{ ...missed, met: true }]).verdict, verdict);
  }
});

test('an audit that misses a command fails and names it, one that was not made does not', () => {
  const missing = [{ id: 'a-1', version: 2, where: 'projection', why: 'the read model has version 1' }];
  const audit = { checked: true, whole: false, acknowledged: 10, published: 10, projected: 9, missing } as const;
  assert.match(
    whyNotWhole({ ...audit, missing })!,
    /10 acknowledged .* 9 projected; first a-1 version 2: the read model has/,
  );
  assert.equal(whyNotWhole({ ...audit, missing: [], projected: 10, whole: true }), undefined);
  assert.equal(whyNotWhole({ checked: false, acknowledged: 3, why: 'no hook' }), undefined);
  assert.equal(whyNotWhole(null), undefined);
});
