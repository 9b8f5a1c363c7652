// Objectives in, promtool tests of their rules out: every tier fires at its fault, none on healthy traffic, all end again.
import type { Objective } from '../objectives/read.ts';
import type { BurnTier } from '../objectives/schema.ts';
import { budgetOf } from './check.ts';
import {
  faultTimeline,
  type InputSeries,
  inputSeries,
  minutesOf,
  type Outage,
  overThreshold,
  type Timeline,
} from './faults.ts';
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

/** promtool's time grows with steps x samples in the longest window: only what needs minutes gets a grid of minutes. */
const FINE_MINUTES = 1;
const COARSE_MINUTES = 15;

/** Longest time from "everything is bad" to a page, in minutes of the evaluation grid: SRE Workbook, (1 - target) / bad x window x factor. */
const outagePageMinutes = (objective: Objective, tier: BurnTier) =>
  Math.ceil(budgetOf(objective) * tier.factor * minutesOf(tier.long));

/**
 * All tests of all objectives; the tiers that look back six hours and more are on a grid of their own, in a second file.
 * @param rulesFile name of the rule file beside the test files
 */
export function compileRuleTests(
  objectives: Objective[],
  rulesFile: string,
): { fine: RuleTestFile; coarse: RuleTestFile } {
  const file = (stepMinutes: number, tests: RuleTestFile['tests']): RuleTestFile => ({
    rule_files: [rulesFile],
    evaluation_interval: `${stepMinutes}m`,
    tests,
  });
  const tiers = (stepMinutes: number) =>
    objectives.flatMap((objective) =>
      objective.policy
        .filter((tier) => minutesOf(tier.long) > 60 === (stepMinutes === COARSE_MINUTES))
        .map((tier) => tierFires(objective, tier, stepMinutes)),
    );
  return {
    fine: file(FINE_MINUTES, [
      ...objectives.flatMap((o) => [
        healthy(o),
        outage(o),
        ...(o.source.kind === 'slices' ? [outage(o, 'vanished')] : []),
      ]),
      ...tiers(FINE_MINUTES),
    ]),
    coarse: file(COARSE_MINUTES, tiers(COARSE_MINUTES)),
  };
}

/** Half the budget burns for two hours, with slow and failing health checks beside it: nothing fires, half is left. */
function healthy(objective: Objective): RuleTestFile['tests'][number] {
  const stepMinutes = FINE_MINUTES;
  const during = minutesOf('2h') / stepMinutes;
  const slices = objective.source.kind === 'slices';
  const timeline = slices
    ? faultTimeline(1, { before: during, during: 0, after: 0 })
    : faultTimeline(budgetOf(objective) / 2, { before: 0, during, after: 0 });
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
function outage(objective: Objective, kind: Outage = 'down'): RuleTestFile['tests'][number] {
  const stepMinutes = FINE_MINUTES;
  const past = minutesOf('1h');
  const [first] = objective.policy;
  const within = outagePageMinutes(objective, first!);
  const after = minutesOf(first!.short) + 2;
  const timeline = faultTimeline(1, { before: past, during: within, after });
  const lastBad = past + within - 1;
  return {
    name: `${objective.name}: everything ${kind === 'down' ? 'bad' : 'vanished'} pages within ${within} min`,
    interval: `${stepMinutes}m`,
    input_series: inputSeries(objective, timeline, kind),
    alert_rule_test: [
      expectAlerts(objective, timeline, past - 1, stepMinutes, 'none'),
      expectAlerts(objective, timeline, lastBad, stepMinutes, first!),
      expectAlerts(objective, timeline, timeline.length - 1, stepMinutes),
    ],
  };
}

/** A fault that is just bad enough for this tier: silent before its time, fires after it, silent when the fault is over. */
function tierFires(objective: Objective, tier: BurnTier, stepMinutes: number): RuleTestFile['tests'][number] {
  const ratio = faultRatio(objective, tier);
  const before = minutesOf(tier.long) / stepMinutes;
  const short = Math.ceil(minutesOf(tier.short) / stepMinutes);
  const long = minutesOf(tier.long) / stepMinutes;
  const over = (timeline: Timeline, step: number) => overThreshold(objective, tier, timeline, step, stepMinutes);
  const endless = faultTimeline(ratio, { before, during: long, after: 0 });
  const firesAt = endless.findIndex((_, step) => over(endless, step) > 1);
  const during = Math.ceil((firesAt - before + 1) * 1.3) + 1;
  const timeline = faultTimeline(ratio, { before, during, after: short + 10 });
  const at = (from: number, direction: 1 | -1, must?: BurnTier | 'none') =>
    expectAlerts(objective, timeline, clear(objective, timeline, from, stepMinutes, direction), stepMinutes, must);
  return {
    name: `${objective.name}: tier ${tier.long}/${tier.short} fires at ${(ratio * 100).toFixed(1)} % bad`,
    interval: `${stepMinutes}m`,
    input_series: inputSeries(objective, timeline),
    alert_rule_test: [
      at(before - 1, -1, 'none'),
      at(firesAt - 1, -1),
      at(before + during - 1, -1, tier),
      at(before + during + short + 1, 1),
    ],
  };
}

/** Between this tier's threshold and the next faster one's (geometric middle); a slice of time is bad or good. */
function faultRatio(objective: Objective, tier: BurnTier): number {
  if (objective.source.kind === 'slices') return 1;
  const faster = objective.policy.map(({ factor }) => factor).filter((factor) => factor > tier.factor);
  return Math.sqrt(tier.factor * Math.min(1 / budgetOf(objective), ...faster)) * budgetOf(objective);
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
