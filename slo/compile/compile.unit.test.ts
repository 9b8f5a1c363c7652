import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { type Objective, readObjectives } from '../objectives/read.ts';
import { RECORDED, seriesOf } from './catalogue.ts';
import { faultTimeline, overThreshold } from './faults.ts';
import { generatedFiles } from './files.ts';
import { readPromql } from './promql.ts';
import { compileRules } from './rules.ts';

const objectives = await readObjectives(path.join(import.meta.dirname, '../objectives'));
const [availability, latency, errors] = objectives as [Objective, Objective, Objective];
const rulesOf = (objective: Objective) => compileRules([objective]).groups.flatMap(({ rules }) => rules);

test('every alert asks a long and a short window, so that it is sure and ends soon', () => {
  const alerts = rulesOf(latency).filter(({ alert }) => alert);
  assert.deepEqual(
    alerts.map(({ expr }) => expr),
    [
      ['1h', '5m', 7.2],
      ['6h', '30m', 3],
      ['1d', '2h', 2],
      ['3d', '6h', 1],
    ].map(([long, short, factor]) =>
      [long, short].map((w) => `slo:sli_error:ratio_rate${w}{slo="latency"} > (${factor} * 0.05)`).join(' and '),
    ),
  );
});

test('every alert says severity, impact, owner, way back, runbook and dashboard', () => {
  const alerts = objectives.flatMap(rulesOf).filter(({ alert }) => alert);
  assert.equal(alerts.length, 12);
  for (const { labels, annotations } of alerts) {
    assert.match(labels.severity!, /^sev-[123]$/);
    const said = Object.keys(annotations!).sort();
    assert.deepEqual(said, ['dashboard', 'impact', 'owner', 'runbook_url', 'summary', 'way_back']);
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

test('the oracle of the rule tests agrees with the published time to page: 4.32 min at 99.5 %, 21.6 min at 95 %', () => {
  for (const [objective, minutes] of [
    [availability, 4.32],
    [latency, 21.6],
  ] as const) {
    const timeline = faultTimeline(1, { before: 4320, during: 60, after: 0 });
    const tier = objective.policy[0]!;
    const fires = timeline.findIndex((_, step) => overThreshold(objective, tier, timeline, step, 1) > 1);
    assert.equal(fires - 4320 + 1, Math.ceil(minutes));
  }
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
