// The shape of promtool's test files (https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/).
import type { InputSeries } from './input-series.ts';

export interface AlertTest {
  eval_time: string;
  alertname: string;
  exp_alerts: { exp_labels: Record<string, string>; exp_annotations: Record<string, string> }[];
}

export interface ExpressionTest {
  expr: string;
  eval_time: string;
  exp_samples: { labels: string; value: number }[];
}

export interface RuleTest {
  name: string;
  interval: string;
  input_series: InputSeries[];
  alert_rule_test: AlertTest[];
  promql_expr_test?: ExpressionTest[];
}

export interface RuleTestFile {
  rule_files: string[];
  evaluation_interval: string;
  tests: RuleTest[];
}

/** Minutes as promtool reads them. */
export function timeText(minutes: number): string {
  if (minutes > 0 && minutes % 1440 === 0) return `${minutes / 1440}d`;
  return Number.isInteger(minutes) ? `${minutes}m` : `${minutes * 60}s`;
}
