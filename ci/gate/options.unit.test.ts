import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readWords } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';
import { command } from './command.ts';
import { readOptions } from './options.ts';

const read = (...argv: string[]) => readOptions(readWords(command, argv, new AbortController().signal));

test('without words the documented defaults hold', () => {
  assert.deepEqual(read(), {
    smoke: false,
    service: 'system/service.yaml',
    rule: { tolerance: 0.1, pairCap: 12 },
    seed: 1,
  });
});

test('every option is read into its unit', () => {
  const words = [
    '--base',
    'v1',
    '--plant',
    'delay:20ms',
    '--tolerance',
    '7.5%',
    '--pairs',
    '24',
    '--seed',
    '9',
    '--out',
    'x',
  ];
  assert.deepEqual(read(...words), {
    base: 'v1',
    out: 'x',
    plant: { kind: 'delay', ms: 20 },
    smoke: false,
    service: 'system/service.yaml',
    rule: { tolerance: 0.075, pairCap: 24 },
    seed: 9,
  });
});

for (const words of [
  ['--tolerance', '10'],
  ['--tolerance', '0%'],
  ['--tolerance=-5%'],
  ['--pairs', '3'],
  ['--pairs', '4.5'],
  ['--seed', 'x'],
  ['--plant', 'delay:20'],
  ['--plant', 'sleep:20ms'],
  ['--plant', 'cpu:0ms'],
  ['--plant', 'delay:99999ms'],
  ['--smoke', '--base', 'main'],
  ['--unknown'],
  ['main'],
]) {
  test(`"${words.join(' ')}" is a usage error with a hint`, () => {
    assert.throws(
      () => read(...words),
      (error) => error instanceof Failure && error.exitCode === EXIT.usage && error.hint.length > 0,
    );
  });
}
