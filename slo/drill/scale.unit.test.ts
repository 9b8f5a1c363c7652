import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { alertmanagerConfig } from '../compile/alertmanager.ts';
import { readPromql } from '../compile/promql.ts';
import { compileRules } from '../compile/rules.ts';
import { readAllObjectives } from '../objectives/read.ts';
import { durationMs, scaleDuration, scaleQuery, scaleRoutes, scaleRules } from './scale.ts';

const objectives = await readAllObjectives(path.join(import.meta.dirname, '../objectives'));

test('a duration is divided, whole seconds stay whole, and none becomes nothing', () => {
  assert.equal(durationMs('1h30m'), 5_400_000);
  assert.deepEqual(
    ['1h', '5m', '3d', '10s', '1ms'].map((text) => scaleDuration(text, 60)),
    ['60s', '5s', '4320s', '167ms', '1ms'],
  );
});

test('ranges, offsets, subqueries and the windows in names are scaled; label values, numbers and other names are not', () => {
  assert.equal(
    scaleQuery('max_over_time(rate(x_1h{tier="1h"}[5m])[1h:1m]) and on () y offset 10m > 14.4 * 0.005', 60),
    'max_over_time(rate(x_1h{tier="1h"}[5s])[60s:1s]) and on () y offset 10s > 14.4 * 0.005',
  );
  assert.equal(
    scaleQuery('slo:sli_error:ratio_rate1h{slo="errors"} > slo:budget_remaining:ratio_month', 15),
    'slo:sli_error:ratio_rate240s{slo="errors"} > slo:budget_remaining:ratio_month',
  );
});

test('no scaled rule reads a recorded series that no scaled rule records', () => {
  const { groups } = scaleRules(compileRules(objectives), 15);
  const rules = groups.flatMap((group) => group.rules);
  const recorded = new Set(rules.flatMap(({ record }) => record ?? []));
  const read = rules.flatMap(({ expr }) => {
    const { error, selectors } = readPromql(expr);
    assert.equal(error, undefined, expr);
    return selectors.map(({ metric }) => metric).filter((metric) => metric.startsWith('slo:'));
  });
  assert.ok(read.length >= 50);
  assert.deepEqual(
    read.filter((metric) => !recorded.has(metric)),
    [],
  );
  assert.equal(
    recorded.size,
    new Set(compileRules(objectives).groups.flatMap(({ rules }) => rules.flatMap(({ record }) => record ?? []))).size,
  );
});

test('no step is below a second, and each window keeps its length against the others', () => {
  const plain = compileRules(objectives).groups;
  const windowsOf = (expr: string) => [...expr.matchAll(/\[(\w+)\]/g)].map(([, window]) => durationMs(window!));
  for (const [index, group] of scaleRules({ groups: plain }, 60).groups.entries()) {
    assert.ok(durationMs(group.interval) >= 1000, group.name);
    for (const [at, rule] of group.rules.entries()) {
      const before = windowsOf(plain[index]!.rules[at]!.expr);
      assert.deepEqual(
        windowsOf(rule.expr),
        before.map((ms) => ms / 60),
        rule.expr,
      );
    }
  }
});

test('the waits of the routes are scaled, who is told and what is held back are not', () => {
  const plain = alertmanagerConfig(objectives);
  const scaled = scaleRoutes(plain, 15) as typeof plain;
  assert.equal(scaled.route.group_interval, '20s');
  assert.deepEqual(
    scaled.route.routes.map((one) =>
      'group_wait' in one ? [one.receiver, one.group_wait, one.repeat_interval] : [one.receiver],
    ),
    [['page-sev-1', '667ms', '240s'], ['page-sev-2', '2s', '960s'], ['ticket', '20s', '5760s'], ['nobody']],
  );
  assert.deepEqual(scaled.inhibit_rules, plain.inhibit_rules);
  assert.deepEqual(scaled.receivers, plain.receivers);
});
