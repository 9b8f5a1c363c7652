import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { EXIT } from '../../cli/exit.ts';
import { asFailure, failures } from './failures.ts';

const caught = (action: () => void): unknown => {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

test('a full disk is INVALID with a hint, not the code of a regression', () => {
  const full = caught(() => writeFileSync('/dev/full', 'a report'));
  const failure = asFailure(full, () => assert.fail('it is known'));
  assert.equal(failure.code, 'disk.full');
  assert.equal(failure.exitCode, EXIT.invalid);
});

test('an error that nobody foresaw is INVALID and shows its stack', () => {
  let stack = '';
  const failure = asFailure(new TypeError('x is undefined'), (text) => {
    stack = text;
  });
  assert.equal(failure.exitCode, EXIT.invalid);
  assert.match(stack, /TypeError: x is undefined\n.*failures\.unit\.test\.ts/);
});

test('a Failure stays what it is', () => {
  const known = failures.unknownBase('nowhere');
  assert.equal(
    asFailure(known, () => {}),
    known,
  );
});
