import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readWords } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';
import { command } from './record-command.ts';

for (const words of [
  ['30'],
  ['--minutes', '0'],
  ['--minutes', 'long'],
  ['--neighbours', 'loud'],
  ['--kinds', 'aa,sleep:20ms'],
  ['--kinds', 'cpu:5'],
  ['--seed', '1.5'],
  ['--service', 'missing.yaml'],
]) {
  test(`"${words.join(' ')}" is a usage error before anything is started`, async () => {
    const context = readWords(command, words, new AbortController().signal);
    await assert.rejects(
      async () => command.run(context),
      (error) => error instanceof Failure && error.exitCode === EXIT.usage && error.hint.length > 0,
    );
  });
}
