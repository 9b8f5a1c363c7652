import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { type Objective, readAllObjectives } from '../objectives/read.ts';
import { alertmanagerConfig } from './alertmanager.ts';
import { RECORDED, seriesOf } from './catalogue.ts';
import { overThreshold, thresholdIn, timelineOf } from './faults.ts';
import { generatedFiles } from './files.ts';
import { wilsonLower } from './guard.ts';
import { readPromql } from './promql.ts';
import { compileRules } from './rules.ts';

const objectives = await readAllObjectives(path.join(import.meta.dirname, '../objectives'));
const [availability, latency, errors] = objectives as [Objective, Objective, Objective];
const rulesOf = (objective: Objective) =>
  compileRules([objective]).groups.flatMap(({ name, rules }) => (name === 'slo-blind' ? [] : rules));

test('every alert asks a long window, by its lower bound, and a short one; the threshold follows the month', () => {
  const alerts = rulesOf(latency).filter(({ alert }) => alert);
  assert.deepEqual(
    alerts.map(({ expr }) => expr),
    [
      ['1h', '5m', 7.2],
      ['6h', '30m', 3],
      ['1d', '2h', 2],
      ['3d', '6h', 1],
    ].map(
      ([long, short, factor]) =>
        `slo:sli_error_lower:ratio_rate${long}{slo="latency"} > ${factor} * 0.05 * scalar(slo:month_length:ratio{slo="latency"}) and ` +
        `slo:sli_error:ratio_rate${short}{slo="latency"} > ${factor} * 0.05 * scalar(slo:month_length:ratio{slo="latency"})`,
    ),
  );
});

test('every alert says severity, first response, impact, owner, way back, runbook and dashboard', () => {
  const alerts = compileRules(objectives).groups.flatMap(({ rules }) => rules.filter(({ alert }) => alert));
  assert.equal(alerts.length, 24 + 2 + 5 + 3);
  for (const { labels, annotations } of alerts) {
    assert.match(labels.severity!, /^sev-[123]$/);
    const said = Object.keys(annotations!).sort();
    assert.deepEqual(said, ['dashboard', 'first_response', 'impact', 'owner', 'runbook_url', 'summary', 'way_back']);
    const response = { 'sev-1': '5 minutes', 'sev-2': '15 minutes', 'sev-3': 'business hours' }[labels.severity!];
    assert.equal(annotations!.first_response, response);
  }
});

test('a tier whose factor is the largest possible burn or more is refused, because it can never fire', () => {
  const policy = [{ ...latency.policy[0]!, factor: 20 }];
  assert.throws(() => compileRules([{ ...latency, policy }]), { code: 'slo.dead-tier', exitCode: 2 });
  assert.doesNotThrow(() => compileRules([{ ...latency, policy: [{ ...policy[0]!, factor: 19.9 }] }]));
});

test('a latency threshold that is no bucket bound is refused, because its rule would be silent', () => {
  const source = {
    ...latency.source,
    good: 'http_server_request_duration_seconds_bucket{le="0.31"}',
  } as Objective['source'];
  assert.throws(() => compileRules([{ ...latency, thresholdSeconds: 0.31, source }]), {
    code: 'slo.no-bucket',
    exitCode: 2,
  });
});

for (const [query, code] of [
  ['http_requests_total{job="api"}', 'slo.unknown-metric'],
  ['http_server_request_duration_seconds{job="api"}', 'slo.unknown-metric'],
  ['http_server_request_duration_seconds_count{route="x"}', 'slo.unknown-label'],
  ['sum(up{job="api"})', 'slo.bad-query'],
  ['up{job=', 'slo.bad-query'],
] as const) {
  test(`the query ${query} is refused as ${code}`, () => {
    const source = { kind: 'events', bad: query, total: query } as const;
    assert.throws(() => compileRules([{ ...errors, source }]), { code, exitCode: 2 });
  });
}

test('the catalogue of recorded series is what the rules record, with the labels they give', () => {
  const recorded = new Map(objectives.flatMap(rulesOf).flatMap((rule) => (rule.record ? [[rule.record, rule]] : [])));
  assert.deepEqual([...recorded.keys()].sort(), Object.keys(RECORDED).sort());
  for (const [name, rule] of recorded) {
    const month = rule.expr.endsWith('count_values("month", month())') ? ['month'] : [];
    assert.deepEqual([...Object.keys(rule.labels), ...month].sort(), [...seriesOf(name)!.labels].sort(), name);
  }
});

test('every expression of a rule names only series and labels that exist', () => {
  for (const { expr } of objectives.flatMap(rulesOf)) {
    const { error, selectors } = readPromql(expr);
    assert.equal(error, undefined, expr);
    for (const { metric, matchers } of selectors) {
      const labels = seriesOf(metric)?.labels ?? [];
      for (const { label } of matchers) assert.ok(labels.includes(label), `${metric} ${label}`);
    }
  }
});

test('the oracle of the rule tests agrees with the published time to page, for a month of 31 days: 4.46 min at 99.5 %, 22.32 min at 95 %', () => {
  for (const [objective, minutes] of [
    [availability, 4.464],
    [latency, 22.32],
  ] as const) {
    const tier = objective.policy[0]!;
    assert.equal(Number((thresholdIn(objective, tier) * 60).toFixed(3)), minutes);
    assert.equal(Number((thresholdIn(objective, tier, 28) * 60).toFixed(3)), Number(((minutes * 28) / 31).toFixed(3)));
    const timeline = timelineOf(objective, [
      [4320, 0],
      [60, 1],
    ]);
    const fires = timeline.findIndex((_, step) => overThreshold(objective, tier, timeline, step, 1) > 1);
    assert.equal(fires - 4320 + 1, Math.ceil(minutes));
  }
});

test("the lower bound is Wilson's: the share at which the score test gives just what was seen, one-sided 95 %", () => {
  for (const [bad, all] of [
    [1, 11],
    [2, 10],
    [50, 1000],
    [10, 10],
  ] as const) {
    const lower = wilsonLower(bad, all);
    const z = (bad / all - lower) / Math.sqrt((lower * (1 - lower)) / all);
    assert.ok(Math.abs(z - 1.6449) < 1e-9, `${bad} of ${all}`);
  }
  assert.equal(wilsonLower(0, 0), 0);
  assert.ok(Math.abs(wilsonLower(0, 10)) < 1e-12);
});

test('Alertmanager: a faster tier holds back the slower ones of its objective, an outage what its requests would say', () => {
  const { inhibit_rules: rules, route } = alertmanagerConfig(objectives);
  assert.deepEqual(
    rules
      .slice(0, 3)
      .map(({ source_matchers, target_matchers, equal }) => [source_matchers[0], target_matchers[0], equal]),
    [
      ['tier="1h"', 'tier=~"6h|1d|3d"', ['slo']],
      ['tier="6h"', 'tier=~"1d|3d"', ['slo']],
      ['tier="1d"', 'tier=~"3d"', ['slo']],
    ],
  );
  assert.deepEqual(
    rules.slice(3).map(({ source_matchers, target_matchers }) => [source_matchers[0], target_matchers[0]]),
    [
      ['slo="availability"', 'slo=~"latency|errors|check-in-burst"'],
      ['slo="latency"', 'slo="check-in-burst"'],
    ],
  );
  assert.deepEqual(route.group_by, ['slo']);
});

test('the rule tests hold a healthy case, an outage and one fault a tier for every objective', () => {
  const names = generatedFiles(objectives)
    .filter(({ name }) => name.endsWith('.test.yaml'))
    .flatMap(({ text }) => (parse(text) as { tests: { name: string }[] }).tests.map(({ name }) => name));
  for (const { name, policy } of objectives) {
    assert.ok(names.includes(`${name}: healthy traffic fires nothing`));
    assert.ok(names.some((text) => text.startsWith(`${name}: everything bad pages within `)));
    for (const { long, short } of policy)
      assert.ok(names.some((text) => text.startsWith(`${name}: tier ${long}/${short} `)));
  }
});
