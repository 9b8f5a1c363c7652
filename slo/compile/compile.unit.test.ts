import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { type Objective, readAllObjectives } from '../objectives/read.ts';
import type { BurnTier } from '../objectives/schema.ts';
import { alertmanagerConfig } from './alertmanager.ts';
import { RECORDED, seriesOf } from './catalogue.ts';
import { overThreshold, thresholdIn, timelineOf } from './faults.ts';
import { generatedFiles } from './files.ts';
import { sureShare } from './guard.ts';
import { readPromql } from './promql.ts';
import { compileRules } from './rules.ts';

const objectives = await readAllObjectives(path.join(import.meta.dirname, '../objectives'));
const [availability, latency, errors] = objectives as [Objective, Objective, Objective];
const rulesOf = (objective: Objective) =>
  compileRules([objective]).groups.flatMap(({ name, rules }) => (name === 'slo-blind' ? [] : rules));

test('every alert asks a long window, by its lower bound, and a short one; the threshold follows the month, of pages only downwards', () => {
  const alerts = rulesOf(latency).filter(({ labels }) => labels.tier);
  assert.deepEqual(
    alerts.map(({ expr }) => expr),
    [
      ['1h', '5m', '6.8 * 0.05 * scalar(clamp_max(slo:month_length:ratio{slo="latency"}, 1))'],
      ['6h', '30m', '3 * 0.05 * scalar(clamp_max(slo:month_length:ratio{slo="latency"}, 1))'],
      ['1d', '2h', '2 * 0.05 * scalar(slo:month_length:ratio{slo="latency"})'],
      ['3d', '6h', '1 * 0.05 * scalar(slo:month_length:ratio{slo="latency"})'],
    ].map(
      ([long, short, threshold]) =>
        `slo:sli_error_lower:ratio_rate${long}{slo="latency"} > ${threshold} and ` +
        `slo:sli_error:ratio_rate${short}{slo="latency"} > ${threshold}`,
    ),
  );
});

const alertsOf = (all: Objective[]) =>
  compileRules(all).groups.flatMap(({ rules }) => rules.filter(({ alert }) => alert));

test('every alert says severity, first response, impact, owner, way back, runbook and dashboard', () => {
  const alerts = alertsOf(objectives).filter(({ labels }) => labels.notify !== 'nobody');
  // Tiers of all objectives, jobs that may not be scraped, objectives without series, buckets that some instance lacks.
  assert.equal(alerts.length, 8 * 4 + 3 + 8 + 3);
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

test('a ticket that only a month of 31 days kills is refused, too', () => {
  const policy = [{ ...latency.policy[3]!, factor: 19.9 }];
  assert.throws(() => compileRules([{ ...latency, policy }]), { code: 'slo.dead-tier' });
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

test('a page comes as soon as the published formula says in months of 30 and 31 days, sooner in February; a ticket follows the month', () => {
  for (const [objective, minutes] of [
    [availability, 13.2 * 0.005 * 60],
    [latency, 6.8 * 0.05 * 60],
    [errors, 4.32],
  ] as const) {
    const [page, , ticket] = objective.policy as [BurnTier, BurnTier, BurnTier];
    const toFire = (tier: BurnTier, days: number) => Number((thresholdIn(objective, tier, days) * 60).toFixed(6));
    assert.deepEqual(
      [28, 30, 31].map((days) => toFire(page, days)),
      [(minutes * 28) / 30, minutes, minutes].map((one) => Number(one.toFixed(6))),
    );
    assert.equal(toFire(ticket, 31) / toFire(ticket, 30), 31 / 30);
    const timeline = timelineOf(objective, [
      [4320, 0],
      [60, 1],
    ]);
    const fires = timeline.findIndex((_, step) => overThreshold(objective, page, timeline, step, 1) > 1);
    assert.equal(fires - 4320 + 1, Math.ceil(minutes));
  }
});

test("the lower bound is Wilson's: the share at which the score test gives just what was seen, one-sided 90 %; with less than three bad it says nothing", () => {
  for (const [bad, all] of [
    [3, 11],
    [4, 10],
    [50, 1000],
    [10, 10],
  ] as const) {
    const lower = sureShare(bad, all);
    const z = (bad / all - lower) / Math.sqrt((lower * (1 - lower)) / all);
    assert.ok(Math.abs(z - 1.2816) < 1e-9, `${bad} of ${all}`);
  }
  assert.deepEqual([sureShare(0, 0), sureShare(0, 10), sureShare(2, 2), sureShare(2.4, 3)], [0, 0, 0, 0]);
});

test('Alertmanager: a tier is held back while its objective says so, all others while the front door is shut', () => {
  const { inhibit_rules: rules, route } = alertmanagerConfig(objectives);
  assert.deepEqual(
    rules
      .slice(0, 4)
      .map(({ source_matchers, target_matchers, equal }) => [source_matchers[1], target_matchers[0], equal]),
    [
      ['holds="1h"', 'tier="1h"', ['slo']],
      ['holds="6h"', 'tier="6h"', ['slo']],
      ['holds="1d"', 'tier="1d"', ['slo']],
      ['holds="3d"', 'tier="3d"', ['slo']],
    ],
  );
  assert.deepEqual(
    rules.slice(4).map(({ source_matchers, target_matchers }) => [source_matchers[0], target_matchers[0]]),
    [
      [
        'slo="availability"',
        'slo=~"latency|errors|check-in-burst|freshness|projection|notifications|notification-queue"',
      ],
    ],
  );
  assert.deepEqual(route.group_by, ['slo']);
});

test('two pages are held by each other, a ticket by all that is faster, all by an outage, the whole and its part by each other', () => {
  const holders = (slo: string, tier: string) => {
    const held = alertsOf(objectives).find(({ labels }) => labels.slo === slo && labels.holds === tier);
    return [
      ...(held?.expr ?? '').matchAll(/max_over_time\(ALERTS\{alertname="(\w+)",.*?((?:tier|notify|reason)=~?".*?")\}/g),
    ].map(([, alert, which]) => `${alert} ${which}`);
  };
  assert.deepEqual(holders('availability', '1h'), ['AvailabilityBudgetBurn tier="6h"']);
  assert.deepEqual(holders('availability', '6h'), ['AvailabilityBudgetBurn tier="1h"']);
  assert.deepEqual(holders('availability', '1d'), ['AvailabilityBudgetBurn tier=~"1h|6h"']);
  assert.deepEqual(holders('errors', '1h'), ['ErrorBudgetBurn tier="6h"', 'AvailabilityBudgetBurn notify="page"']);
  assert.deepEqual(holders('latency', '6h'), [
    'LatencyBudgetBurn tier="1h"',
    'AvailabilityBudgetBurn notify="page"',
    'CheckInBudgetBurn notify="page"',
    'ObjectiveBlind reason="no_bucket"',
  ]);
  assert.deepEqual(holders('check-in-burst', '1h'), [
    'CheckInBudgetBurn tier="6h"',
    'AvailabilityBudgetBurn notify="page"',
    'LatencyBudgetBurn notify="page"',
    'ObjectiveBlind reason="no_bucket"',
  ]);
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
