import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { seeded } from '../../loadtests/workload/random.ts';
import { alertLabels, annotationsOf } from '../compile/alerts.ts';
import { JANUARY_DAYS, type Timeline } from '../compile/faults.ts';
import { type InputSeries, inputSeries } from '../compile/input-series.ts';
import { promtool } from '../compile/promtool.ts';
import { labelsOf } from '../compile/rule.ts';
import type { AlertTest, RuleTestFile } from '../compile/rule-test.ts';
import { compileRules } from '../compile/rules.ts';
import { yamlText } from '../compile/split.ts';
import { type Objective, readAllObjectives } from '../objectives/read.ts';
import { evaluate, type Firing } from './evaluate.ts';
import { ruleSet } from './rule-set.ts';
import { type Counter, type Grid, probe, type Scenario, scrape } from './traffic.ts';
import { countedWindows, slicedWindows } from './windows.ts';

const objectives = await readAllObjectives(path.join(import.meta.dirname, '../objectives'));
const tool = await promtool();
let folder = '';
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slo-simulate-'));
});
after(() => rm(folder, { recursive: true }));

const HOURS = 4;
const fault = { share: 1, seconds: 3600, shape: 'step', fromSeconds: 3600 } as const;
const base = { ratePerSecond: 1, arrivals: 'poisson', badShare: 0.001 } as const;

/** promtool scrapes and evaluates from second 0 on: no phases here. */
const gridOf = (everyMs: number): Grid => ({ firstMs: 0, everyMs, count: (HOURS * 3_600_000) / everyMs + 1 });

for (const [about, name, scenario] of [
  ['an outage seen by few requests', 'errors', { ...base, ratePerSecond: 0.01, fault }],
  [
    'an outage whose failures make a new series',
    'errors',
    { ...base, ratePerSecond: 0.02, newSeries: 1, badShare: 0, fault },
  ],
  ['failures that come and go', 'errors', { ...base, fault: { ...fault, share: 0.3, shape: 'flapping' } }],
  [
    'slowness that grows',
    'latency',
    { ...base, ratePerSecond: 0.1, fault: { ...fault, seconds: 7200, shape: 'ramp' } },
  ],
  ['everything slow at even distances', 'latency', { ...base, ratePerSecond: 10, arrivals: 'even', fault }],
  ['a hard night with hardly any traffic', 'notifications', { ...base, ratePerSecond: 0.003, badShare: 0.3 }],
  ['an outage', 'availability', { ...base, badShare: 0, fault }],
  ['an unsteady target', 'availability', { ...base, badShare: 0.05, fault: { ...fault, share: 0.2 } }],
] as [string, string, Scenario][]) {
  test(`promtool fires and ends ${name} at the evaluations that the simulator says: ${about}`, async () => {
    const objective = objectives.find((one) => one.name === name)!;
    const rules = ruleSet('ours', objective, JANUARY_DAYS);
    const scrapes = gridOf(15_000);
    const random = seeded(about);
    const sliced = objective.source.kind === 'slices';
    const seen = sliced ? probe(random, scenario, scrapes) : scrape(random, scenario, scrapes);
    const evaluations = gridOf(rules.everyMs);
    const windows =
      seen instanceof Uint8Array
        ? slicedWindows(seen, scrapes, evaluations)
        : countedWindows(seen, objective.source.kind === 'events' && objective.source.bad ? 'bad' : 'good');
    const firings = evaluate(rules, windows, evaluations);
    assert.ok(firings.length >= 2 && firings.every(({ fromMs }) => fromMs > 0), 'the case shows something');
    const timeline: Timeline =
      seen instanceof Uint8Array
        ? [...seen].map((bad) => ({ all: 1, bad }))
        : [...seen.good.values].map((good, n) => {
            const grown = (values: Float64Array) => values[n]! - (values[n - 1] ?? 0);
            const bad = grown(seen.bad[0]!.values);
            return { all: good - (seen.good.values[n - 1] ?? 0) + bad, bad };
          });
    const series = inputSeries(objective, timeline);
    if (!(seen instanceof Uint8Array) && scenario.newSeries) {
      const [{ values, born }] = seen.bad as [Counter];
      assert.ok(born > 0 && series[0]!.values.startsWith('0+0x'), 'the first series is that of the failures');
      series[0]!.values = `_x${born} ${[...values.slice(born)].join(' ')}`;
    }
    await passes(objective, series, rules.everyMs, firings);
  });
}

/** Asks promtool for the alerts just before and at every change that the simulator found. */
async function passes(objective: Objective, series: InputSeries[], everyMs: number, firings: Firing[]) {
  const group = compileRules([objective]).groups.find(({ name }) => name === `slo-${objective.name}`)!;
  const moments = firings.flatMap(({ fromMs, toMs }) => [fromMs - everyMs, fromMs, toMs - everyMs, toMs]);
  const expected = [...new Set(moments)]
    .filter((ms) => ms >= 0 && Number.isFinite(ms))
    .sort((a, b) => a - b)
    .map((ms) => alertsAt(objective, firings, ms));
  assert.ok(expected.length >= 4);
  const file: RuleTestFile = {
    rule_files: ['rules.yaml'],
    evaluation_interval: `${everyMs / 1000}s`,
    tests: [
      {
        name: objective.name,
        interval: '15s',
        input_series: series,
        alert_rule_test: expected,
      },
    ],
  };
  await writeFile(path.join(folder, 'rules.yaml'), yamlText({ groups: [group] }));
  await writeFile(path.join(folder, 'tests.yaml'), yamlText(file));
  await tool.testRules(path.join(folder, 'tests.yaml'));
}

function alertsAt(objective: Objective, firings: Firing[], ms: number): AlertTest {
  const fires = firings.filter(({ fromMs, toMs }) => fromMs <= ms && ms < toMs).map(({ tier }) => tier.name);
  return {
    eval_time: `${ms / 1000}s`,
    alertname: objective.alert,
    exp_alerts: objective.policy
      .filter(({ long, short }) => fires.includes(`${long}/${short}`))
      .map((tier) => ({
        exp_labels: { ...labelsOf(objective), ...alertLabels(objective, tier) },
        exp_annotations: annotationsOf(objective, tier),
      })),
  };
}
