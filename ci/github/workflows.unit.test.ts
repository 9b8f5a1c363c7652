// What the pipelines promise, tried on their own text: exit codes that block, commands that exist, and what reaches whom.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { parse } from 'yaml';

interface Job {
  needs?: string | string[];
  if?: string;
  permissions?: Record<string, string>;
  steps: { name?: string; run?: string; env?: Record<string, string> }[];
}

const ROOT = path.join(import.meta.dirname, '..', '..');
const FILES = globSync('{.github/workflows,ci/github}/*.yml', { cwd: ROOT });
const read = (file: string) => parse(readFileSync(path.join(ROOT, file), 'utf8')) as { jobs: Record<string, Job> };
const dir = mkdtempSync(path.join(os.tmpdir(), 'workflows-'));
after(() => rmSync(dir, { recursive: true, force: true }));

/** Runs a step as GitHub does (bash -e), with programs of ours in front that end with the given code. */
function exitCodeOf(script: string, code: number): number | null {
  const bin = path.join(dir, `bin-${code}`);
  mkdirSync(bin, { recursive: true });
  for (const name of ['npm', 'node']) {
    writeFileSync(path.join(bin, name), `#!/bin/sh\nexit ${code}\n`);
    chmodSync(path.join(bin, name), 0o755);
  }
  writeFileSync(path.join(bin, 'git'), '#!/bin/sh\necho abc\n');
  chmodSync(path.join(bin, 'git'), 0o755);
  return spawnSync('bash', ['-e', '-c', script], {
    cwd: dir,
    env: { PATH: `${bin}:${process.env.PATH}`, BASE: 'main', BEFORE: 'abc' },
  }).status;
}

const GATES: [file: string, step: string][] = [
  ['.github/workflows/gate.yml', 'head against base'],
  ['.github/workflows/main.yml', 'against what the branch was before this push'],
  ['ci/github/service.yml', 'head against base'],
];

for (const [file, name] of GATES) {
  test(`${file}: PASS and INCONCLUSIVE let through, every other exit code of the gate fails the job`, () => {
    const script = read(file).jobs.gate!.steps.find((step) => step.name === name)!.run!;
    const through = [0, 1, 2, 3, 4, 99].map((code) => [code, exitCodeOf(script, code)]);
    assert.deepEqual(through, [
      [0, 0],
      [1, 1],
      [2, 2],
      [3, 0],
      [4, 4],
      [99, 99],
    ]);
  });
}

test('the gate against the reference build blocks nothing, and is left out without a reference', () => {
  const script = read('.github/workflows/main.yml').jobs.gate!.steps.find((step) => step.name?.includes('reference'))!
    .run!;
  for (const code of [0, 1, 3, 4, 99]) assert.equal(exitCodeOf(script, code), 0);
});

const PLACES = [
  ['.github/workflows/main.yml', 'image'],
  ['ci/github/service.yml', 'deploy'],
] as const;

for (const [file, name] of PLACES) {
  test(`${file}: ${name} needs the gate, without a condition that would run it after a failure`, () => {
    const job = read(file).jobs[name]!;
    assert.equal(job.needs, 'gate');
    assert.ok(!/always|cancelled|failure/.test(job.if ?? ''));
  });
}

test('an INVALID result is left out of the history without failing it, a wrong one fails it', () => {
  for (const file of ['.github/workflows/main.yml', 'ci/github/service.yml']) {
    const script = read(file).jobs.history!.steps.find((step) => step.run?.includes('history'))!.run!;
    assert.equal(exitCodeOf(script, 4), 0);
    assert.equal(exitCodeOf(script, 2), 2);
  }
});

test('a token is in reach of the step that comments and of no other', () => {
  for (const file of FILES) {
    for (const job of Object.values(read(file).jobs)) {
      for (const step of job.steps.filter((one) => JSON.stringify(one).includes('github.token'))) {
        assert.equal(step.name, 'comment', file);
      }
    }
  }
});

test('every npm script that a pipeline runs exists', () => {
  const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
  const text = FILES.map((file) => readFileSync(path.join(ROOT, file), 'utf8')).join('\n');
  const used = [...text.matchAll(/npm run ([\w:]+)/g)].map((match) => match[1]!);
  assert.ok(used.length > 3);
  for (const name of used) assert.ok(name in scripts, name);
});
