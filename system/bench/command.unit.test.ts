import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Context } from '../../cli/command.ts';
import { Failure } from '../../cli/failure.ts';
import { silent } from '../../cli/progress.ts';
import { benchText, command } from './command.ts';
import { judged } from './result.ts';

const asked = (words: string[], options: Context['options']) =>
  command.run({ words, options, json: false, progress: silent, signal: AbortSignal.abort() });
const usage = (message: RegExp) => (error: unknown) =>
  error instanceof Failure && error.exitCode === 2 && message.test(error.message) && error.hint.length > 0;

test('a benchmark that does not exist, and rounds that give no spread, are refused before anything starts', async () => {
  await assert.rejects(asked(['member-crad'], { rounds: '5' }), usage(/no benchmark "member-crad"/));
  for (const rounds of ['4', '5.5', 'many', '-5']) {
    await assert.rejects(asked(['member-card'], { rounds }), usage(/--rounds/), rounds);
  }
});

test('the report prints both figures, the ratio, its spread, each goal with its verdict, and the notes', () => {
  const text = benchText([
    judged({
      name: 'example',
      unit: 'ms CPU per request',
      ours: [0.3, 0.32, 0.4],
      rivals: { floor: [0.2, 0.25, 0.2], other: [1234.4, 1200, 1300] },
      goals: [
        { against: 'floor', atMost: 1.4 },
        { against: 'other', below: 1 },
      ],
      notes: ['two cores'],
    }),
  ]);
  assert.deepEqual(text.split('\n'), [
    'example: ms CPU per request, 3 rounds',
    '       median  lowest  highest    ours is             per round',
    '-----  ------  ------  -------  ---------  --------------------',
    'ours     0.32     0.3      0.4',
    'floor     0.2     0.2     0.25       1.6x             1.28 .. 2',
    'other    1234    1200     1300  0.000259x  0.000243 .. 0.000308',
    'MISSED at most 1.4x floor',
    'MET    below 1x other',
    'note: two cores',
  ]);
});
