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
    self: false,
    counters: true,
    minutes: 10,
    service: 'system/service.yaml',
    rule: { tolerance: 0.1, pairCap: 16 },
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
    '--minutes',
    '15',
    '--no-counters',
    '--out',
    'x',
  ];
  assert.deepEqual(read(...words), {
    base: 'v1',
    out: 'x',
    plant: { kind: 'delay', ms: 20 },
    self: false,
    counters: false,
    minutes: 15,
    service: 'system/service.yaml',
    rule: { tolerance: 0.075, pairCap: 24 },
    seed: 9,
  });
});

test('--self is head against its own commit, --smoke and --counters are one part alone', () => {
  assert.deepEqual([read('--self').base, read('--self').self], ['HEAD', true]);
  assert.deepEqual([read('--smoke').only, read('--smoke').counters], ['smoke', false]);
  assert.deepEqual([read('--counters').only, read('--counters').counters], ['counters', true]);
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
  ['--self', '--base', 'main'],
  ['--smoke', '--counters'],
  ['--counters', '--no-counters'],
  ['--minutes', '0'],
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
