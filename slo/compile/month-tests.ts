// Objectives in, the test out that thresholds follow the length of the month: January has 31 days, February 1970 has 28.
import type { Objective } from '../objectives/read.ts';
import { alertLabels, annotationsOf } from './alerts.ts';
import { minutesOf, timelineOf } from './faults.ts';
import { inputSeries } from './input-series.ts';
import { labelsOf } from './rule.ts';
import type { RuleTest } from './rule-test.ts';

const DAY = minutesOf('1d');

/** A burn between both thresholds of the slowest tier: silent at the end of January, firing at the beginning of February. */
export function monthTests(objectives: Objective[], stepMinutes: number): RuleTest[] {
  const objective = objectives.find(({ source }) => source.kind === 'events');
  const tier = objective?.policy.find(({ long }) => long === '3d');
  if (!objective || !tier) return [];
  const budget = 1 - objective.target;
  const share = tier.factor * budget * ((31 + 28) / 2 / 30);
  const timeline = timelineOf(objective, [
    [(27 * DAY) / stepMinutes, 0],
    [(6 * DAY) / stepMinutes, share],
  ]);
  const at = (day: number, fires: boolean) => ({
    eval_time: `${day * DAY}m`,
    alertname: objective.alert,
    exp_alerts: fires
      ? [
          {
            exp_labels: { ...labelsOf(objective), ...alertLabels(objective, tier) },
            exp_annotations: annotationsOf(objective, tier),
          },
        ]
      : [],
  });
  const series = `slo:month_length:ratio{slo="${objective.name}"}`;
  const length = (day: number, days: number) => ({
    expr: series,
    eval_time: `${day * DAY}m`,
    exp_samples: [{ labels: `${series.slice(0, -1)}, service="${objective.service}"}`, value: days / 30 }],
  });
  return [
    {
      name: `${objective.name}: the threshold of ${tier.long} follows the length of the month`,
      interval: `${stepMinutes}m`,
      input_series: inputSeries(objective, timeline),
      alert_rule_test: [at(30.75, false), at(32, true)],
      promql_expr_test: [length(30, 31), length(32, 28)],
    },
  ];
}
