// Objectives in, promtool tests of their rules out: every tier fires at its fault, none on healthy traffic, all end again.
import type { Objective } from '../objectives/read.ts';
import type { BurnTier } from '../objectives/schema.ts';
import { budgetOf } from './check.ts';
import { faultTimeline, type InputSeries, inputSeries, minutesOf, overThreshold, type Timeline } from './faults.ts';
import { annotationsOf } from './rules.ts';

interface AlertTest {
  eval_time: string;
  alertname: string;
  exp_alerts: { exp_labels: Record<string, string>; exp_annotations: Record<string, string> }[];
}

interface ExpressionTest {
  expr: string;
  eval_time: string;
  exp_samples: { labels: string; value: number }[];
}

export interface RuleTestFile {
  rule_files: string[];
  evaluation_interval: string;
  tests: {
    name: string;
    interval: string;
    input_series: InputSeries[];
    alert_rule_test: AlertTest[];
    promql_expr_test?: ExpressionTest[];
  }[];
}

/** The longest clean past that a window looks back on. */
const PAST_MINUTES = minutesOf('3d');
/** Longest time from "everything is bad" to a page, in minutes of the evaluation grid: SRE Workbook, (1 - target) / bad x window x factor. */
const outagePageMinutes = (objective: Objective, tier: BurnTier) =>
  Math.ceil(budgetOf(objective) * tier.factor * minutesOf(tier.long));

/** @param rulesFile name of the rule file beside the test file @param stepMinutes grid of samples and evaluations */
export function compileRuleTests(objectives: Objective[], rulesFile: string): { fast: RuleTestFile; slow: RuleTestFile } {
  const file = (stepMinutes: number, tests: RuleTestFile['tests']): RuleTestFile => ({
    rule_files: [rulesFile],
    evaluation_interval: `${stepMinutes}m`,
    tests,
  });
  const isSlow = (tier: BurnTier) => minutesOf(tier.long) >= 1440;
  return {
    fast: file(
      1,
      objectives.flatMap((o) => [
        healthy(o, 1),
        outage(o, 1),
        ...o.policy.filter((tier) => !isSlow(tier)).map((tier) => tierFires(o, tier, 1)),
      ]),
    ),
    slow: file(
      2,
      objectives.flatMap((o) => o.policy.filter(isSlow).map((tier) => tierFires(o, tier, 2))),
    ),
  };
}

/** Half the budget burns for a day and a half, with slow and failing health checks beside it: nothing fires, half is left. */
function healthy(objective: Objective, stepMinutes: number): RuleTestFile['tests'][number] {
  const during = minutesOf('1d') / stepMinutes;
  const slices = objective.source.kind === 'slices';
  const timeline = slices
    ? faultTimeline(objective, 0.5, { before: during, during: 0, after: 0 })
    : faultTimeline(objective, budgetOf(objective) / 2, { before: 0, during, after: 0 });
  const at = (step: number) => expectAlerts(objective, timeline, step, stepMinutes, 'none');
  return {
    name: `${objective.name}: healthy traffic fires nothing`,
    interval: `${stepMinutes}m`,
    input_series: inputSeries(objective, timeline),
    alert_rule_test: [at(10), at(during / 2), at(during - 1)],
    promql_expr_test: [
      {
        expr: `slo:budget_remaining:ratio_month{slo="${objective.name}"}`,
        eval_time: `${during - 1}m`,
        exp_samples: [
          {
            labels: `slo:budget_remaining:ratio_month{slo="${objective.name}", service="${objective.service}"}`,
            value: slices ? 1 : 0.5,
          },
        ],
      },
    ],
  };
}

/** Everything is bad: the first page comes within the time that the formula says, and goes when all is well again. */
function outage(objective: Objective, stepMinutes: number): RuleTestFile['tests'][number] {
  const [first] = objective.policy;
  const within = outagePageMinutes(objective, first!);
  const after = minutesOf('6h') + 10;
  const timeline = faultTimeline(objective, 1, { before: PAST_MINUTES, during: within, after });
  const lastBad = PAST_MINUTES + within - 1;
  return {
    name: `${objective.name}: everything bad pages within ${within} min`,
    interval: `${stepMinutes}m`,
    input_series: inputSeries(objective, timeline),
    alert_rule_test: [
      expectAlerts(objective, timeline, PAST_MINUTES - 1, stepMinutes, 'none'),
      expectAlerts(objective, timeline, lastBad, stepMinutes, first!),
      expectAlerts(objective, timeline, timeline.length - 1, stepMinutes, 'none'),
    ],
  };
}

/** A fault that is just bad enough for this tier: silent before its time, fires after it, silent when the fault is over. */
function tierFires(objective: Objective, tier: BurnTier, stepMinutes: number): RuleTestFile['tests'][number] {
  const faster = objective.policy.filter(({ factor }) => factor > tier.factor).map(({ factor }) => factor);
  const largest = Math.min(1 / budgetOf(objective), ...faster);
  const ratio = Math.sqrt(tier.factor * largest) * budgetOf(objective);
  const firesAfter = (tier.factor * budgetOf(objective) * minutesOf(tier.long)) / ratio / stepMinutes;
  const before = PAST_MINUTES / stepMinutes;
  const during = Math.ceil(firesAfter * 1.3) + 2;
  const short = minutesOf(tier.short) / stepMinutes;
  const timeline = faultTimeline(objective, ratio, { before, during, after: short * 2 + 2 });
  return {
    name: `${objective.name}: tier ${tier.long}/${tier.short} fires at ${(ratio * 100).toFixed(1)} % bad`,
    interval: `${stepMinutes}m`,
    input_series: inputSeries(objective, timeline),
    alert_rule_test: [
      expectAlerts(objective, timeline, before - 1, stepMinutes, 'none'),
      expectAlerts(objective, timeline, clear(objective, timeline, before + Math.floor(firesAfter * 0.8), stepMinutes, -1), stepMinutes),
      expectAlerts(objective, timeline, clear(objective, timeline, before + during - 1, stepMinutes, -1), stepMinutes, tier),
      expectAlerts(objective, timeline, clear(objective, timeline, before + during + short + 1, stepMinutes, 1), stepMinutes),
    ],
  };
}

/** The next step in that direction at which no tier is so near its threshold that a sample more or less would tip it. */
function clear(objective: Objective, timeline: Timeline, from: number, stepMinutes: number, direction: 1 | -1): number {
  const near = (step: number) =>
    objective.policy.some((tier) => Math.abs(overThreshold(objective, tier, timeline, step, stepMinutes) - 1) < 0.07);
  let step = from;
  while (near(step)) step += direction;
  return step;
}

/**
 * What must fire at a step. `must` is what the test is about: that tier must be among them, or nothing at all.
 * Throws when the timeline does not show it: then the test could not fail and is wrong.
 */
function expectAlerts(
  objective: Objective,
  timeline: Timeline,
  step: number,
  stepMinutes: number,
  must?: BurnTier | 'none',
): AlertTest {
  const firing = objective.policy.filter((tier) => overThreshold(objective, tier, timeline, step, stepMinutes) > 1);
  if (must === 'none' ? firing.length > 0 : must && !firing.includes(must)) {
    throw new Error(`${objective.name}: the test's fault does not show what it is for (step ${step})`);
  }
  return {
    eval_time: `${step * stepMinutes}m`,
    alertname: objective.alert,
    exp_alerts: firing.map((tier) => ({
      exp_labels: {
        slo: objective.name,
        service: objective.service,
        severity: tier.severity,
        notify: tier.notify,
        tier: tier.long,
      },
      exp_annotations: annotationsOf(objective, tier),
    })),
  };
}
