// Burn alerts: each tier asks a long window (that makes it sure) and a short one (that ends it soon).
import type { Objective } from '../objectives/read.ts';
import type { BurnTier } from '../objectives/schema.ts';
import { budgetOf } from './check.ts';
import { sureRatio } from './guard.ts';
import { monthShareExpression } from './month.ts';
import type { Rule } from './rule.ts';

/** Until when somebody must have answered, by severity. */
const FIRST_RESPONSE = { 'sev-1': '5 minutes', 'sev-2': '15 minutes', 'sev-3': 'business hours' } as const;

export function burnAlerts(objective: Objective): Rule[] {
  return objective.policy.map((tier) => {
    const above = (series: string) => `${series}{slo="${objective.name}"} > ${thresholdOf(objective, tier)}`;
    return {
      alert: objective.alert,
      expr: `${above(sureRatio(objective, tier.long))} and ${above(`slo:sli_error:ratio_rate${tier.short}`)}`,
      labels: alertLabels(objective, tier),
      annotations: annotationsOf(objective, tier),
    };
  });
}

/** Error ratio at which a tier fires. */
const thresholdOf = (objective: Objective, tier: BurnTier) =>
  `${tier.factor} * ${budgetOf(objective)} * ${monthShareExpression(tier, objective.name)}`;

/** Beside the labels of the series (`slo`, `service`). */
export const alertLabels = ({ indicator }: Objective, { severity, notify, long }: BurnTier) => ({
  severity,
  notify,
  tier: long,
  indicator,
});

/** What the person who is woken reads. */
export function annotationsOf(objective: Objective, tier: BurnTier): Record<string, string> {
  return {
    summary: `${objective.displayName}: the month's error budget burns more than ${tier.factor} times too fast (windows ${tier.long} and ${tier.short}).`,
    ...commonAnnotations(objective, tier.severity),
    impact: objective.impact,
    way_back: objective.wayBack,
    runbook_url: objective.runbook,
  };
}

export const commonAnnotations = ({ owner, dashboard }: Objective, severity: BurnTier['severity']) => ({
  owner,
  first_response: FIRST_RESPONSE[severity],
  dashboard,
});
