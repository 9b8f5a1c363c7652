import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';
import { silent } from '../../cli/progress.ts';
import { children, gatedService, runGate } from './testdata/gated.ts';

test('a planted delay is called a regression with step, distribution and placebo, and no work tree stays', async (t) => {
  const { dir, git } = gatedService(t);
  const result = await runGate(dir, { plant: 'delay:100ms', 'no-counters': true });
  assert.equal(result.verdict, 'REGRESSION', result.why.join('; '));
  assert.equal(result.exitCode, EXIT.regression);
  const p95 = result.effects.find((effect) => effect.metric === 'response-p95')!;
  assert.ok(p95.head - p95.base > 80, `${p95.base} ms against ${p95.head} ms`);
  assert.deepEqual(
    result.steps.map(({ step, isSlower }) => [step, isSlower]),
    [['read', true]],
  );
  assert.ok(result.shift.every(({ estimate }) => estimate > 0));
  assert.ok(result.pairs.every(({ head }) => head.allocatedBytesPerRequest! > 1000));
  assert.equal(result.placebo?.pairs, 4);
  assert.equal(git('worktree', 'list').split('\n').length, 1);
  assert.ok(existsSync(path.join(dir, 'reports', 'partial.json')));
});

test('--smoke judges head alone against the objectives', async (t) => {
  const { dir } = gatedService(t);
  const result = await runGate(dir, { smoke: true });
  assert.equal(result.verdict, 'PASS', result.why.join('; '));
  assert.equal(result.base, null);
  assert.deepEqual(
    result.objectives.map((objective) => objective.met),
    [true, true],
  );
});

test('a head slower than the latency objective ends with 99', async (t) => {
  const { dir } = gatedService(t);
  const result = await runGate(dir, { smoke: true, plant: 'delay:400ms' });
  assert.equal(result.exitCode, EXIT.objective);
  assert.match(result.why.join(), /missed on head/);
});

test('an interruption in the middle of a pair ends everything', async (t) => {
  const { dir, git } = gatedService(t);
  const abort = new AbortController();
  const reason = new Failure('interrupted', 'ended by a test', 'none', EXIT.interrupted);
  let running: string[] = [];
  const tick = (text: string) => {
    if (abort.signal.aborted || !/: [1-9]\d* of \d+ requests/.test(text)) return;
    running = children();
    abort.abort(reason);
  };
  const interrupted = runGate(dir, { 'no-counters': true }, { progress: { ...silent, tick }, signal: abort.signal });
  await assert.rejects(interrupted, (error) => error === reason);
  assert.equal(running.length, 4, `two servers and two engines: ${running.join('; ')}`);
  assert.deepEqual(children(), []);
  assert.equal(git('worktree', 'list').split('\n').length, 1);
});
