// The pipeline for GitLab: references that hold, reports in the places that GitLab reads, exit codes that block.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { EXIT } from '../../cli/exit.ts';
import { REPORTERS } from '../gate/report/reporters.ts';

interface Job {
  stage: string;
  extends?: string;
  needs?: { job: string }[];
  script: string[];
  rules: { if: string; when?: string; variables?: Record<string, string> }[];
  allow_failure?: { exit_codes: number };
  artifacts?: { when?: string; reports?: Record<string, string> };
}

const file = path.join(import.meta.dirname, 'gate.gitlab-ci.yml');
const { stages, variables, ...rest } = parse(readFileSync(file, 'utf8')) as Record<string, unknown> & {
  stages: string[];
};
const jobs = rest as unknown as Record<string, Job>;
const gate = jobs['performance gate']!;

test('every stage, every template and every needed job exists', () => {
  assert.ok(variables);
  for (const [name, job] of Object.entries(jobs).filter(([each]) => !each.startsWith('.'))) {
    assert.ok(stages.includes(job.stage), name);
    if (job.extends) assert.ok(job.extends in jobs, name);
    for (const { job: needed } of job.needs ?? []) {
      assert.ok(stages.indexOf(jobs[needed]!.stage) < stages.indexOf(job.stage), `${name} needs ${needed}`);
    }
  }
});

test('only INCONCLUSIVE lets a gate through that did not pass, and the deployment needs the gate', () => {
  assert.deepEqual(gate.allow_failure, { exit_codes: EXIT.inconclusive });
  assert.deepEqual(jobs.deploy!.needs, [{ job: 'performance gate' }]);
  assert.ok(jobs.deploy!.rules.every((rule) => rule.when === undefined));
  assert.deepEqual(jobs['performance history']!.allow_failure, { exit_codes: EXIT.invalid });
});

test('merge requests have the base that GitLab names, the default branch the commit before', () => {
  assert.deepEqual(
    gate.rules.map((rule) => rule.variables?.BASE),
    ['$CI_MERGE_REQUEST_DIFF_BASE_SHA', 'HEAD~1'],
  );
  assert.match(gate.script.join('\n'), /--base "\$BASE" --out reports\/gate/);
});

test('the reports that GitLab shows are reports that the gate writes, also after a failure', () => {
  assert.equal(gate.artifacts!.when, 'always');
  const reports = gate.artifacts!.reports!;
  assert.deepEqual(Object.keys(reports).sort(), ['junit', 'load_performance']);
  for (const report of Object.values(reports)) assert.ok(path.basename(report) in REPORTERS, report);
});
