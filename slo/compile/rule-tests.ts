// Objectives in, promtool tests of their rules out: every tier fires at its fault, none on healthy traffic, all end again.
import type { Objective } from '../objectives/read.ts';
import type { BurnTier } from '../objectives/schema.ts';
import { alertLabels, annotationsOf } from './alerts.ts';
import { blindTests } from './blind-tests.ts';
import { budgetOf } from './check.ts';
import { minutesOf, overThreshold, type Timeline, thresholdIn, timelineOf } from './faults.ts';
import { heldBackTests } from './held-back-tests.ts';
import { inputSeries, type Outage } from './input-series.ts';
import { monthTests } from './month-tests.ts';
import { labelsOf } from './rule.ts';
import { type AlertTest, type RuleTest, type RuleTestFile, timeText } from './rule-test.ts';
import { SNAPSHOT_MINUTES } from './snapshots.ts';
import { isSliced, tierTests } from './tier-tests.ts';
import { valueTests } from './value-tests.ts';

/** Minutes of a step of the tests that go on from scrape to scrape; all others look at single moments. */
const FINE = 1;

/** All tests, by the minutes between two evaluations. @param rulesFile name of the rule file beside the test files */
export function compileRuleTests(objectives: Objective[], rulesFile: string): Map<number, RuleTestFile> {
  const courses = [
    ...objectives.flatMap((objective) => [
      healthy(objective),
      outage(objective),
      ...(isSliced(objective) ? [outage(objective, 'vanished')] : []),
    ]),
    ...blindTests(objectives),
  ];
  const moments = objectives.flatMap((objective) => [
    ...valueTests(objective),
    ...tierTests(objective),
    ...heldBackTests(objective, objectives),
    ...monthTests(objective),
  ]);
  const file = (minutes: number, tests: RuleTest[]): [number, RuleTestFile] => [
    minutes,
    { rule_files: [rulesFile], evaluation_interval: timeText(minutes), tests },
  ];
  return new Map([file(FINE, courses), file(SNAPSHOT_MINUTES, moments)]);
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
    input_series: inputSeries(objective, timeline, { outage: kind }),
    alert_rule_test: [
      at(past - 1, { silent: objective.policy }),
      at(past + within, { fires: [first!] }),
      at(timeline.length - 1, { silent: [first!] }),
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
