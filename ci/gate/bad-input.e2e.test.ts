import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';
import { carryOutPair } from './pair.ts';
import { children, gatedArms, gatedService, replaceIn, runGate } from './testdata/gated.ts';

const isInvalid = (code: string, text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Failure, String(error));
  assert.equal(error.code, code);
  assert.equal(error.exitCode, EXIT.invalid);
  assert.ok(error.hint.length > 0);
  assert.match(error.message, text);
  return true;
};

test('the same build on both arms is refused before anything starts, by mistake or by name', async (t) => {
  const { dir, commit } = gatedService(t);
  await assert.rejects(runGate(dir, { base: 'HEAD' }), isInvalid('builds.same', /same build/));
  const only = commit();
  await assert.rejects(runGate(dir, { base: only }), isInvalid('builds.same', new RegExp(only.slice(0, 10))));
});

test('a base that does not start says so with its last lines', async (t) => {
  const { dir, git, commit } = gatedService(t);
  writeFileSync(
    path.join(dir, 'system', 'server.ts'),
    'process.stderr.write("broken on purpose\\n");\nprocess.exitCode = 3;\n',
  );
  commit();
  git('checkout', '--quiet', 'HEAD~1', '--', 'system/server.ts');
  commit();
  await assert.rejects(runGate(dir, {}), isInvalid('base.not-started', /broken on purpose/));
  assert.equal(git('worktree', 'list').split('\n').length, 1);
  assert.deepEqual(children(), []);
});

test('a head that fails half of its requests is a regression after two pairs', async (t) => {
  const failing =
    'let n = 0;\ncreateServer((request, response) => {\n  if (request.url === "/thing" && ++n > 50 && n % 2) response.statusCode = 500;';
  const { dir } = gatedService(t, (head) =>
    replaceIn(head, 'system/server.ts', 'createServer((_, response) => {', failing),
  );
  const result = await runGate(dir, { 'no-counters': true });
  assert.equal(result.verdict, 'REGRESSION');
  assert.equal(result.pairs.length, 2);
  assert.match(result.why[0]!, /head failed \d+ of \d+ requests \((49|50)\.\d %\)/);
});

test('a generator that is never on time gives INVALID after three repeats, and no word on the objectives', async (t) => {
  const { dir } = gatedService(t);
  replaceIn(dir, 'workload/fake.ts', 'latenessP99Ms: 2000', 'latenessP99Ms: 0.000001');
  const result = await runGate(dir, { smoke: true });
  assert.equal(result.verdict, 'INVALID');
  assert.equal(result.exitCode, EXIT.invalid);
  assert.equal(result.repeated.length, 3);
  assert.deepEqual(result.objectives, []);
});

/** A pair on both arms of the test service, whose generator is started by a script of ours. */
async function pairWith(t: TestContext, script: (k6: string) => string) {
  const { load, arms, dir } = await gatedArms(t);
  const k6 = path.join(dir, 'k6.sh');
  writeFileSync(k6, `#!/bin/sh\n${script(load.k6)}\n`);
  chmodSync(k6, 0o755);
  return carryOutPair({ ...load, k6, index: 0, arms, plan: load.planOf(1), onProgress() {} });
}

test('a generator that is killed in the middle makes the pair INVALID, and nothing stays running', async (t) => {
  const { invalid } = await pairWith(t, (k6) => `"${k6}" "$@" &\nsleep 4\nkill -KILL $!\nwait $!`);
  assert.match(invalid.join('; '), /base: the load generator ended with exit code 137/);
  assert.match(invalid.join('; '), /head: .*planned requests were never sent, or cut off/);
  assert.deepEqual(children(), []);
});

test('a generator that can write no further makes the pair INVALID', async (t) => {
  // 512-byte blocks: the samples end after 10 kB, as on a full disk.
  const { invalid } = await pairWith(t, (k6) => `ulimit -f 20\ntrap '' XFSZ\nexec "${k6}" "$@"`);
  assert.match(invalid.join('; '), /base: .*planned requests were never sent, or cut off/);
});
