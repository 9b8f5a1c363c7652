// Objectives in, the alerts out that tell nobody: each says that somebody has been told already of what makes a tier fire, and Alertmanager
// holds that tier back while it fires. An alert is only a source of inhibition while it fires itself; these remember for a while. Pure.
import type { Objective } from '../objectives/read.ts';
import type { BurnTier } from '../objectives/schema.ts';
import { asksForBucket, BLIND_ALERT, NO_BUCKET } from './absence.ts';
import { selectorOf } from './check.ts';
import { labelsOf, type Rule } from './rule.ts';

export const HELD_BACK_ALERT = 'BurnHeldBack';

/** An alert of which somebody has been told, and so need not be told of another. */
export interface Cause {
  alert: string;
  slo: string;
  /** Which of the alerts of that name: those with one of these values of the label. */
  label: 'tier' | 'notify' | 'reason';
  values: string[];
  /** Not while the other, which this is the tier of, is itself held back: who comes first tells. */
  inTurn?: BurnTier['long'];
}

/**
 * What holds a tier back: the other page of the same objective; of a ticket all faster tiers; an outage; the whole that it is part of or
 * its parts; and a bucket that is missing (when it comes back it begins at nothing, and for a while everything seems slow).
 */
export function causesOf(objective: Objective, tier: BurnTier, objectives: Objective[]): Cause[] {
  const { policy, name: slo, alert, partOf, service } = objective;
  const others = objectives.filter((other) => other !== objective && other.service === service);
  const paged = (other: Objective): Cause => ({
    alert: other.alert,
    slo: other.name,
    label: 'notify',
    values: ['page'],
  });
  const told = (values: BurnTier['long'][]): Cause => ({ alert, slo, label: 'tier', values });
  const faster = policy.slice(0, policy.indexOf(tier)).map(({ long }) => long);
  const pages = policy.filter((other) => other !== tier && other.notify === 'page').map(({ long }) => long);
  return [
    ...(tier.notify === 'page'
      ? pages.map((long) => ({ ...told([long]), inTurn: long }))
      : faster.length > 0
        ? [told(faster)]
        : []),
    ...others.filter(isOutage).map(paged),
    ...others
      .filter((other) => other.name === partOf || other.partOf === slo)
      .map((other) => ({ ...paged(other), inTurn: other.policy[0]!.long })),
    ...(asksForBucket(objective) ? [{ alert: BLIND_ALERT, slo, label: 'reason' as const, values: [NO_BUCKET] }] : []),
  ];
}

/** Its slices ask whether the service answers at all. */
export const isOutage = (objective: Objective) =>
  objective.source.kind === 'slices' &&
  ['probe_success', 'up'].includes(selectorOf(objective, objective.source.query).metric);

/** One for each tier that something holds back. */
export function heldBackAlerts(objective: Objective, objectives: Objective[]): Rule[] {
  return objective.policy.flatMap((tier) => {
    const causes = causesOf(objective, tier, objectives);
    if (causes.length === 0) return [];
    return [
      {
        alert: HELD_BACK_ALERT,
        expr: causes.map((cause) => recently(cause, tier)).join(' or '),
        labels: heldBackLabels(objective, tier),
        annotations: heldBackAnnotations(objective, tier),
      },
    ];
  });
}

export const heldBackLabels = (objective: Objective, { long }: BurnTier) => ({
  ...labelsOf(objective),
  severity: 'none',
  notify: 'nobody',
  holds: long,
});

export const heldBackAnnotations = ({ displayName }: Objective, { long, short }: BurnTier) => ({
  summary: `${displayName}: somebody has been told, so tier ${long} tells nobody. Its short window forgets a fault in ${short}.`,
});

/** As long as the tier's short window remembers: what was told of is still in it. */
function recently({ alert, slo, label, values, inTurn }: Cause, { short }: BurnTier): string {
  const which = values.length > 1 ? `${label}=~"${values.join('|')}"` : `${label}="${values[0]}"`;
  const fired = `max(max_over_time(ALERTS{alertname="${alert}",slo="${slo}",alertstate="firing",${which}}[${short}]))`;
  if (!inTurn) return fired;
  return `(${fired} unless on () ALERTS{alertname="${HELD_BACK_ALERT}",slo="${slo}",alertstate="firing",holds="${inTurn}"})`;
}
