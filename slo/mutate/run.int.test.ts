import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { silent } from '../../cli/progress.ts';
import { RULES_FILE } from '../compile/files.ts';
import { promtool } from '../compile/promtool.ts';
import type { Rule } from '../compile/rule.ts';
import type { RuleTest } from '../compile/rule-test.ts';
import { yamlText } from '../compile/split.ts';
import { runMutants } from './run.ts';

const tool = await promtool();
const options = { tool, progress: silent, signal: new AbortController().signal };

/** Rules of one objective `x` and one test of them, as `compile` writes them. */
function written(rules: Rule[], one: Omit<RuleTest, 'name' | 'interval'>) {
  const tests = [{ name: 'x: a test', interval: '1m', ...one }];
  return [
    { name: RULES_FILE, text: yamlText({ groups: [{ name: 'slo-x', interval: '1m', rules }] }) },
    { name: 'x.test.yaml', text: yamlText({ rule_files: [RULES_FILE], evaluation_interval: '1m', tests }) },
  ];
}

test('promtool kills the mistakes that a test shows, and those that it cannot show survive', async () => {
  const files = written([{ record: 'seen', expr: 'b{c="d",e="f"} > 1', labels: {} }], {
    input_series: [
      { series: 'b{c="d",e="f"}', values: '2x5' },
      { series: 'b{c="other",e="f"}', values: '3x5' },
    ],
    alert_rule_test: [],
    promql_expr_test: [{ expr: 'seen', eval_time: '3m', exp_samples: [{ labels: 'seen{c="d", e="f"}', value: 2 }] }],
  });
  const fates = await runMutants(files, options);
  assert.deepEqual(
    fates.filter(({ killed }) => !killed).map(({ what }) => what),
    ['slo-x, seen: selector e="f" ->  (character 9)', 'slo-x, seen: factor 1 -> 0.5 (character 18)'],
  );
  assert.equal(fates.length, 7);
  assert.deepEqual(await runMutants(files, { ...options, only: 'y' }), []);
});

/** A record that reads its own past, one made of it, two alerts of one name, and a mistake that ends in an error. */
const RULES: Rule[] = [
  { record: 'good', expr: 'max(up{job="a"}) or max(0 * last_over_time(good{slo="x"}[30m]))', labels: { slo: 'x' } },
  { record: 'bad5', expr: '1 - avg_over_time(good{slo="x"}[5m])', labels: { slo: 'x' } },
  { alert: 'Bad', expr: 'bad5{slo="x"} > 0.5 and good{slo="x"} < 1', labels: { tier: 'one' }, annotations: {} },
  { alert: 'Bad', expr: 'bad5{slo="x"} > 0.2', for: '3m', labels: { tier: 'two' }, annotations: {} },
];
const fires = (tier: string) => ({ exp_labels: { slo: 'x', tier }, exp_annotations: {} });
const TEST: Omit<RuleTest, 'name' | 'interval'> = {
  input_series: [
    { series: 'up{job="a"}', values: '1x20 0x10 1x10' },
    { series: 'up{job="b"}', values: '1x41' },
    { series: 'good{slo="other"}', values: '1x41' },
  ],
  alert_rule_test: [
    { eval_time: '20m', alertname: 'Bad', exp_alerts: [] },
    { eval_time: '23m', alertname: 'Bad', exp_alerts: [] },
    { eval_time: '27m', alertname: 'Bad', exp_alerts: [fires('one'), fires('two')] },
    { eval_time: '33m', alertname: 'Bad', exp_alerts: [fires('two')] },
  ],
  promql_expr_test: [
    {
      expr: 'good',
      eval_time: '25m',
      exp_samples: [
        { labels: 'good{slo="other"}', value: 1 },
        { labels: 'good{slo="x"}', value: 0 },
      ],
    },
  ],
};

test('a mutant among others has the fate that it has alone', async () => {
  const fates = await runMutants(written(RULES, TEST), options);
  assert.ok(fates.length >= 25);
  const folder = await mkdtemp(path.join(tmpdir(), 'mutants-'));
  try {
    for (const { rule, changed, killed, what } of fates) {
      const alone = RULES.map((one, index) => (index === rule ? changed : one));
      for (const { name, text } of written(alone, TEST)) await writeFile(path.join(folder, name), text);
      const { passed } = await tool.judge(path.join(folder, 'x.test.yaml'));
      assert.equal(killed, !passed, what);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  const [dead, alive] = [true, false].map((killed) => fates.filter((fate) => fate.killed === killed).length);
  assert.ok(dead! > 15 && alive! > 1, `${dead} killed, ${alive} survived`);
});
