import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silent } from '../../cli/progress.ts';
import { RULES_FILE } from '../compile/files.ts';
import { promtool } from '../compile/promtool.ts';
import { yamlText } from '../compile/split.ts';
import { runMutants } from './run.ts';

test('promtool kills the mistakes that a test shows, and the one that it cannot show survives', async () => {
  const rules = {
    groups: [{ name: 'slo-x', interval: '1m', rules: [{ record: 'seen', expr: 'b{c="d",e="f"} > 1', labels: {} }] }],
  };
  const tests = {
    rule_files: [RULES_FILE],
    evaluation_interval: '1m',
    tests: [
      {
        name: 'x: only one of two series is seen',
        interval: '1m',
        input_series: [
          { series: 'b{c="d",e="f"}', values: '2x5' },
          { series: 'b{c="other",e="f"}', values: '3x5' },
        ],
        alert_rule_test: [],
        promql_expr_test: [
          { expr: 'seen', eval_time: '3m', exp_samples: [{ labels: 'seen{c="d", e="f"}', value: 2 }] },
        ],
      },
    ],
  };
  const files = [
    { name: RULES_FILE, text: yamlText(rules) },
    { name: 'x.test.yaml', text: yamlText(tests) },
  ];
  const options = { tool: await promtool(), progress: silent, signal: new AbortController().signal };
  const fates = await runMutants(files, options);
  assert.equal(fates.length, 5);
  assert.deepEqual(
    fates.filter(({ killed }) => !killed).map(({ what }) => what),
    ['slo-x, seen: selector e="f" ->  (character 9)'],
  );
  assert.deepEqual(await runMutants(files, { ...options, only: 'y' }), []);
});
