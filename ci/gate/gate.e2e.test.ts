import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';
import { silent } from '../../cli/progress.ts';
import { readService } from '../../system/local/service-spec.ts';
import { gate } from './gate.ts';
import { readOptions } from './options.ts';
import { repository } from './testdata/repository.ts';
import { clearReports } from './write-reports.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');

/** A committed copy of the test service, twice, so that there is a previous commit. */
function service(t: TestContext) {
  const made = repository(t, path.join(import.meta.dirname, 'testdata', 'service'));
  cpSync(path.join(ROOT, 'slo', 'objectives', 'ams.yaml'), path.join(made.dir, 'slo', 'objectives', 'all.yaml'), {
    recursive: true,
  });
  writeFileSync(path.join(made.dir, '.gitignore'), '/.run/\n/reports/\n');
  made.commit();
  made.commit();
  return made;
}

async function run(dir: string, options: Record<string, string | boolean>, signal = new AbortController().signal) {
  const outDir = path.join(dir, 'reports');
  await clearReports(outDir);
  const spec = await readService(path.join(dir, 'system', 'service.yaml'));
  return gate(spec, readOptions({ words: [], options }), { outDir, progress: silent, signal });
}

/** Command lines of this process's children that still run. */
function children(): string[] {
  return readdirSync('/proc').flatMap((entry) => {
    try {
      const stat = /^\d+$/.test(entry) ? readFileSync(`/proc/${entry}/stat`, 'utf8') : '';
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (Number(parent) !== process.pid || state === 'Z') return [];
      return [readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ')];
    } catch {
      return [];
    }
  });
}

test('a planted delay is called a regression, and no work tree stays', async (t) => {
  const { dir, git } = service(t);
  const result = await run(dir, { plant: 'delay:20ms' });
  assert.equal(result.verdict, 'REGRESSION', result.why.join('; '));
  assert.equal(result.exitCode, EXIT.regression);
  const p95 = result.effects.find((effect) => effect.metric === 'response-p95')!;
  assert.ok(p95.head - p95.base > 15, `${p95.base} ms against ${p95.head} ms`);
  assert.equal(git('worktree', 'list').split('\n').length, 1);
  assert.ok(existsSync(path.join(dir, 'reports', 'partial.json')));
});

test('--smoke judges head alone against the objectives', async (t) => {
  const { dir } = service(t);
  const result = await run(dir, { smoke: true });
  assert.equal(result.verdict, 'PASS', result.why.join('; '));
  assert.equal(result.base, null);
  assert.deepEqual(
    result.objectives.map((objective) => objective.met),
    [true, true],
  );
});

test('a head slower than the latency objective ends with 99', async (t) => {
  const { dir } = service(t);
  const result = await run(dir, { smoke: true, plant: 'delay:400ms' });
  assert.equal(result.exitCode, EXIT.objective);
  assert.match(result.why.join(), /missed on head/);
});

test('a generator that is never on time gives INVALID after three repeats, and no word on the objectives', async (t) => {
  const { dir } = service(t);
  const workload = path.join(dir, 'workload', 'fake.ts');
  const text = readFileSync(workload, 'utf8').replace('latenessP99Ms: 100', 'latenessP99Ms: 0.000001');
  writeFileSync(workload, text);
  const result = await run(dir, { smoke: true });
  assert.equal(result.verdict, 'INVALID');
  assert.equal(result.exitCode, EXIT.invalid);
  assert.equal(result.repeated.length, 3);
  assert.deepEqual(result.objectives, []);
});

test('a base that does not start says so with its last lines', async (t) => {
  const { dir, git, commit } = service(t);
  writeFileSync(
    path.join(dir, 'system', 'server.ts'),
    'process.stderr.write("broken on purpose\\n");\nprocess.exitCode = 3;\n',
  );
  commit();
  git('checkout', '--quiet', 'HEAD~1', '--', 'system/server.ts');
  commit();
  await assert.rejects(run(dir, {}), (error) => {
    assert.ok(error instanceof Failure);
    assert.equal(error.code, 'base.not-started');
    assert.equal(error.exitCode, EXIT.invalid);
    assert.match(error.message, /broken on purpose/);
    return true;
  });
  assert.equal(git('worktree', 'list').split('\n').length, 1);
});

test('an interruption in the middle of a pair ends everything', async (t) => {
  const { dir, git } = service(t);
  const abort = new AbortController();
  const reason = new Failure('interrupted', 'ended by a test', 'none', EXIT.interrupted);
  let running: string[] = [];
  const tick = (text: string) => {
    if (abort.signal.aborted || !/: [1-9]\d* of \d+ requests/.test(text)) return;
    running = children();
    abort.abort(reason);
  };
  const spec = await readService(path.join(dir, 'system', 'service.yaml'));
  const options = readOptions({ words: [], options: {} });
  await assert.rejects(
    gate(spec, options, { outDir: path.join(dir, 'reports'), progress: { ...silent, tick }, signal: abort.signal }),
    (error) => error === reason,
  );
  assert.equal(running.length, 4, `two servers and two engines: ${running.join('; ')}`);
  assert.deepEqual(children(), []);
  assert.equal(git('worktree', 'list').split('\n').length, 1);
});
