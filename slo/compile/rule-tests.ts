// Objectives in, promtool tests of their rules out: every tier fires at its fault, none on healthy traffic, all end again.
import type { Objective } from '../objectives/read.ts';
import type { BurnTier } from '../objectives/schema.ts';
import { alertLabels, annotationsOf } from './alerts.ts';
import { blindTests } from './blind-tests.ts';
import { budgetOf } from './check.ts';
import { firing, minutesOf, overThreshold, type Timeline, thresholdIn, timelineOf } from './faults.ts';
import { inputSeries, type Outage } from './input-series.ts';
import { monthTests } from './month-tests.ts';
import { labelsOf } from './rule.ts';
import { type AlertTest, type RuleTest, type RuleTestFile, timeText } from './rule-test.ts';

/**
 * Minutes of a step of the tests of a tier. promtool's time grows with steps x samples in the longest window, so only what
 * needs it gets a fine grid: slices are good or bad, and few of them cannot show a small share.
 */
const GRID = { events: { '1h': 1, '6h': 5, '1d': 15, '3d': 30 }, slices: { '1h': 0.25, '6h': 0.25, '1d': 1, '3d': 5 } };
const FINE = 1;

/** All tests, by the minutes of their step, finest first. @param rulesFile name of the rule file beside the test files */
export function compileRuleTests(objectives: Objective[], rulesFile: string): Map<number, RuleTestFile> {
  const tests = new Map<number, RuleTest[]>();
  const add = (stepMinutes: number, ...more: RuleTest[]) =>
    tests.set(stepMinutes, [...(tests.get(stepMinutes) ?? []), ...more]);
  for (const objective of objectives) {
    add(FINE, healthy(objective), outage(objective));
    if (objective.source.kind === 'slices') add(FINE, outage(objective, 'vanished'));
    else add(FINE, fewRequests(objective));
    for (const tier of objective.policy) {
      const stepMinutes = GRID[objective.source.kind][tier.long];
      add(stepMinutes, tierFires(objective, tier, stepMinutes));
    }
  }
  add(FINE, ...blindTests(objectives));
  add(GRID.events['3d'], ...monthTests(objectives, GRID.events['3d']));
  return new Map(
    [...tests]
      .sort(([a], [b]) => a - b)
      .map(([stepMinutes, list]) => [
        stepMinutes,
        { rule_files: [rulesFile], evaluation_interval: timeText(stepMinutes), tests: list },
      ]),
  );
}

/** Half the budget burns for two hours, with slow and failing requests beside it: nothing fires, half is left. */
function healthy(objective: Objective): RuleTest {
  const steps = minutesOf('2h');
  const share = objective.source.kind === 'slices' ? 0 : budgetOf(objective) / 2;
  const timeline = timelineOf(objective, [[steps, share]]);
  const at = (step: number) => expectAlerts(objective, timeline, step, FINE, { silent: objective.policy });
  const left = `slo:budget_remaining:ratio_month{slo="${objective.name}"`;
  return {
    name: `${objective.name}: healthy traffic fires nothing`,
    interval: timeText(FINE),
    input_series: inputSeries(objective, timeline),
    alert_rule_test: [at(10), at(steps / 2), at(steps - 1)],
    promql_expr_test: [
      {
        expr: `${left}}`,
        eval_time: timeText(steps - 1),
        exp_samples: [{ labels: `${left}, service="${objective.service}"}`, value: share === 0 ? 1 : 0.5 }],
      },
    ],
  };
}

/** Everything is bad: the first page comes within the time that the formula says, and goes when all is well again. */
function outage(objective: Objective, kind: Outage = 'down'): RuleTest {
  const [first] = objective.policy;
  const past = minutesOf('1h');
  const within = Math.ceil(thresholdIn(objective, first!) * minutesOf(first!.long));
  const timeline = timelineOf(objective, [
    [past, 0],
    [within + 1, 1],
    [minutesOf(first!.short) + 2, 0],
  ]);
  const at = (step: number, must: Must) => expectAlerts(objective, timeline, step, FINE, must);
  return {
    name: `${objective.name}: everything ${kind === 'down' ? 'bad' : 'vanished'} pages within ${within + 1} min`,
    interval: timeText(FINE),
    input_series: inputSeries(objective, timeline, kind),
    alert_rule_test: [
      at(past - 1, { silent: objective.policy }),
      at(past + within, { fires: [first!] }),
      at(timeline.length - 1, { silent: [first!] }),
    ],
  };
}

/** One failure among few requests is above the threshold and wakes nobody: hours of a request now and then. */
function fewRequests(objective: Objective): RuleTest {
  const [first] = objective.policy;
  const every = Math.ceil(60 / Math.floor(0.93 / thresholdIn(objective, first!)));
  const hours = 7;
  const timeline: Timeline = Array.from({ length: hours * 60 }, (_, step) => ({
    all: step % every === 0 ? 1 : 0,
    bad: 0,
  }));
  const failed = Math.floor(((hours - 1) * 60) / every) * every;
  timeline[failed]!.bad = 1;
  const pages = objective.policy.filter(({ notify }) => notify === 'page');
  return {
    name: `${objective.name}: one failure among few requests pages nobody`,
    interval: timeText(FINE),
    input_series: inputSeries(objective, timeline),
    alert_rule_test: [expectAlerts(objective, timeline, failed + 3, FINE, { silent: pages })],
  };
}

/**
 * A fault a little above this tier's threshold, then one a little below: silent until the long window is full of it, fires
 * then, silent as soon as the short window has the smaller one, and silent when all is well.
 */
function tierFires(objective: Objective, tier: BurnTier, stepMinutes: number): RuleTest {
  const threshold = thresholdIn(objective, tier);
  const [long, short] = [minutesOf(tier.long) / stepMinutes, minutesOf(tier.short) / stepMinutes];
  const before = Math.ceil(long * 0.2);
  const after = Math.ceil(short) + 6;
  const lower = Math.ceil(short * 1.6) + 1;
  const timeline = timelineOf(objective, [
    [before, 0],
    [long, threshold * 1.2],
    [lower, threshold * 0.8],
    [after, 0],
  ]);
  const end = before + long;
  const find = (from: number, direction: 1 | -1, must: Must, until: number) => {
    const must1 = must.fires ? true : must.silent ? false : undefined;
    for (let step = Math.round(from); step !== Math.round(until); step += direction) {
      const all = objective.policy.map((one) => firing(objective, one, timeline, step, stepMinutes));
      const mine = all[objective.policy.indexOf(tier)];
      if (!all.includes(undefined) && mine === must1) return expectAlerts(objective, timeline, step, stepMinutes, must);
    }
    throw new Error(`${objective.name} ${tier.long}: no step shows what the test is for`);
  };
  const rising = timeline.findIndex(
    (_, step) => step > before + short && overThreshold(objective, tier, timeline, step, stepMinutes) > 1,
  );
  return {
    name: `${objective.name}: tier ${tier.long}/${tier.short} fires above ${(threshold * 100).toFixed(2)} % bad`,
    interval: timeText(stepMinutes),
    input_series: inputSeries(objective, timeline),
    alert_rule_test: [
      find(before - 1, -1, { silent: [tier] }, -1),
      find(rising, -1, { silent: [tier] }, before),
      find(end - 1, -1, { fires: [tier] }, before),
      find(end + lower - 1, -1, { silent: [tier] }, end),
      find(timeline.length - 1, -1, { silent: [tier] }, end + lower),
    ],
  };
}

interface Must {
  fires?: BurnTier[];
  silent?: BurnTier[];
}

/**
 * What fires at a step. `must` is what the test is about. Throws when the timeline does not show it: then the test could not
 * fail and is wrong.
 */
function expectAlerts(
  objective: Objective,
  timeline: Timeline,
  step: number,
  stepMinutes: number,
  must: Must,
): AlertTest {
  const fires = objective.policy.filter((tier) => overThreshold(objective, tier, timeline, step, stepMinutes) > 1);
  if (must.fires?.some((tier) => !fires.includes(tier)) || must.silent?.some((tier) => fires.includes(tier))) {
    throw new Error(`${objective.name}: the test's fault does not show what it is for (step ${step})`);
  }
  return {
    eval_time: timeText(step * stepMinutes),
    alertname: objective.alert,
    exp_alerts: fires.map((tier) => ({
      exp_labels: { ...labelsOf(objective), ...alertLabels(objective, tier) },
      exp_annotations: annotationsOf(objective, tier),
    })),
  };
}
