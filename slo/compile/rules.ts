// Objectives in, Prometheus rules out: the error ratio of every window, the budget left this month, burn and absence alerts.
// Works in Prometheus 2.42 and 3. Formulas: Google, The Site Reliability Workbook, chapter 5, "Alerting on SLOs".
import type { Indicator, Objective } from '../objectives/read.ts';
import { absenceAlerts } from './absence.ts';
import { burnAlerts } from './alerts.ts';
import { WINDOWS } from './catalogue.ts';
import { budgetOf, checkObjective } from './check.ts';
import { guardRules } from './guard.ts';
import { heldBackAlerts } from './held-back.ts';
import { MONTH_LENGTH, monthLengthRule } from './month.ts';
import { labelsOf, type Rule, type RuleFile } from './rule.ts';

/** How often the rules of counted events are worked out; slices of time have their own length. */
const EVERY = '30s';
const SLICE_GOOD = 'slo:slice_good:bool';
const COMPARISON = { gte: '>=', lte: '<=' } as const;
const THIS_MONTH = 'count_values("month", month())';

type Slices = Extract<Indicator, { kind: 'slices' }>;

/** All rules of all objectives. Throws a Failure for an objective whose rules could be silent. */
export function compileRules(objectives: Objective[]): RuleFile {
  for (const objective of objectives) checkObjective(objective);
  return {
    groups: [
      ...objectives.flatMap((objective) => {
        const { name, source } = objective;
        const interval = source.kind === 'slices' ? `${source.sliceSeconds}s` : EVERY;
        return [
          {
            name: `slo-${name}`,
            interval,
            rules: [...recordings(objective), ...burnAlerts(objective), ...heldBackAlerts(objective, objectives)],
          },
          { name: `slo-${name}-month`, interval: '5m', rules: monthRules(objective) },
        ];
      }),
      { name: 'slo-blind', interval: '1m', rules: absenceAlerts(objectives) },
    ],
  };
}

function recordings(objective: Objective): Rule[] {
  const { name, source } = objective;
  const labels = labelsOf(objective);
  const slice: Rule[] =
    source.kind === 'slices' ? [{ record: SLICE_GOOD, expr: sliceExpression(name, source), labels }] : [];
  return [
    { record: MONTH_LENGTH, expr: monthLengthRule, labels },
    ...slice,
    ...WINDOWS.map((window) => ({
      record: `slo:sli_error:ratio_rate${window}`,
      expr: errorRatio(objective, window),
      labels,
    })),
    ...guardRules(objective),
    { record: 'slo:error_budget:ratio', expr: `vector(${budgetOf(objective)})`, labels },
  ];
}

/**
 * 1 for a good slice, 0 for a bad one. No data counts as bad once there has been a slice; before the first scrape of a new
 * Prometheus nothing is known, and a page at every start would be false.
 */
function sliceExpression(name: string, { query, op, value }: Slices): string {
  const bad = `max(0 * last_over_time(${SLICE_GOOD}{slo="${name}"}[1h]))`;
  return `(max(${query}) ${COMPARISON[op]} bool ${value}) or ${bad}`;
}

/** Share of bad events or slices in the window, 0 to 1; weighted by events, no average of averages. */
function errorRatio({ name, source }: Objective, window: string): string {
  if (source.kind === 'slices') return `1 - avg_over_time(${SLICE_GOOD}{slo="${name}"}[${window}])`;
  // Without traffic there is no ratio: no sample, rather than one that is not a number.
  const total = `(sum(rate(${source.total}[${window}])) > 0)`;
  // Without a bad answer so far there is no such series: that is 0 bad, not nothing known.
  if (source.bad) return `(sum(rate(${source.bad}[${window}])) or vector(0)) / ${total}`;
  return `1 - sum(rate(${source.good}[${window}])) / ${total}`;
}

/**
 * Bad and total events of each five minutes carry their month as a label, so that a range of 31 days can be cut at the first
 * of the month (UTC). Left = 1 - bad / total / budget, over the events so far.
 */
function monthRules(objective: Objective): Rule[] {
  const { name, source } = objective;
  const labels = labelsOf(objective);
  const stamped = (expr: string) => `(${expr}) * on () group_left (month) ${THIS_MONTH}`;
  const counts =
    source.kind === 'slices'
      ? {
          bad: `sum(count_over_time(${SLICE_GOOD}{slo="${name}"}[5m]) - sum_over_time(${SLICE_GOOD}{slo="${name}"}[5m]))`,
          total: `sum(count_over_time(${SLICE_GOOD}{slo="${name}"}[5m]))`,
        }
      : {
          bad: source.bad
            ? `sum(increase(${source.bad}[5m])) or vector(0)`
            : `sum(increase(${source.total}[5m])) - sum(increase(${source.good}[5m]))`,
          total: `sum(increase(${source.total}[5m]))`,
        };
  const soFar = (what: string) => `sum(sum_over_time(${what}{slo="${name}"}[31d]) and on (month) ${THIS_MONTH})`;
  return [
    { record: 'slo:events_bad:increase5m', expr: stamped(counts.bad), labels },
    { record: 'slo:events_total:increase5m', expr: stamped(counts.total), labels },
    {
      record: 'slo:budget_remaining:ratio_month',
      expr: `1 - ${soFar('slo:events_bad:increase5m')} / (${soFar('slo:events_total:increase5m')} > 0) / ${budgetOf(objective)}`,
      labels,
    },
  ];
}
