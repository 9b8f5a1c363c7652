import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { silent } from '../../../cli/progress.ts';
import { scratchDir } from '../../local/parts.ts';
import type { Arm } from './arms.ts';
import { cpuPerRequest } from './measure.ts';

const AMOUNT = {
  warmRequests: 50,
  warmConnections: 2,
  slices: 2,
  requests: 150,
  ratePerSecond: 100,
  connections: 4,
};
const SUBJECT = {
  calls: () => () => ({ method: 'GET' as const, path: '/', headers: {} }),
  expectedStatus: 200,
};

const burner = (name: string, burnMs: number, env = {}): Arm => ({
  name,
  command: [path.join(import.meta.dirname, 'testdata', 'burner.ts')],
  cwd: import.meta.dirname,
  env: { BURN_MS: String(burnMs), ...env },
});

suite('CPU per request', () => {
  let scratch: Awaited<ReturnType<typeof scratchDir>>;
  before(async () => {
    scratch = await scratchDir();
  });
  after(() => scratch.remove());
  const options = (rounds: number) => ({ rounds, dir: scratch.dir, progress: silent });

  test('of two servers that differ by a known 3 ms comes out 3 ms apart, in every round', async () => {
    const arms = [burner('little', 1), burner('much', 4)];
    const { little, much } = await cpuPerRequest(arms, SUBJECT, {}, options(2), AMOUNT);
    assert.equal(little!.length, 2);
    for (const [round, figure] of much!.entries()) {
      const differenceMs = figure - little![round]!;
      assert.ok(Math.abs(differenceMs - 3) < 0.45, `${differenceMs} ms apart`);
    }
  });

  test('arms that answer differently are not compared', async () => {
    const arms = [burner('one', 0), burner('other', 0, { ANSWER: 'no' })];
    await assert.rejects(cpuPerRequest(arms, SUBJECT, {}, options(1), AMOUNT), /other answers differently/);
  });

  test('an answer with another status ends the benchmark with its body', async () => {
    const subject = { ...SUBJECT, expectedStatus: 201 };
    await assert.rejects(cpuPerRequest([burner('one', 0)], subject, {}, options(1), AMOUNT), /answered 200: ok/);
  });
});
