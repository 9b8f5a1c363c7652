// Objectives in, the configuration of Alertmanager out: who is told, and which alerts are held back by a graver one.
import type { Objective } from '../objectives/read.ts';
import type { BurnTier } from '../objectives/schema.ts';
import { selectorOf } from './check.ts';

/** Waits by how soon somebody must answer: a page groups for a moment, a ticket for minutes. */
const ROUTES = [
  { receiver: 'page-sev-1', matchers: ['notify="page"', 'severity="sev-1"'], group_wait: '10s', repeat_interval: '1h' },
  { receiver: 'page-sev-2', matchers: ['notify="page"'], group_wait: '30s', repeat_interval: '4h' },
  { receiver: 'ticket', matchers: ['notify="ticket"'], group_wait: '5m', repeat_interval: '1d' },
] as const;

/**
 * Routes by `notify` and `severity`, one notification an objective (`slo`); of the tiers that fire, only the fastest tells.
 * @param receiverUrl where all receivers send to, each under its own name: the bridge to phone, chat or tickets
 */
export function alertmanagerConfig(objectives: Objective[], receiverUrl = 'http://127.0.0.1:9099') {
  return {
    route: { receiver: 'ticket', group_by: ['slo'], group_interval: '5m', routes: ROUTES },
    inhibit_rules: [...byTier(objectives), ...byOutage(objectives), ...byWhole(objectives)],
    receivers: ROUTES.map(({ receiver }) => ({
      name: receiver,
      webhook_configs: [{ url: `${receiverUrl}/${receiver}`, send_resolved: true }],
    })),
  };
}

/** A faster tier holds back the slower ones of its objective. */
function byTier(objectives: Objective[]) {
  const tiers = [...new Set(objectives.flatMap(({ policy }) => policy.map(({ long }: BurnTier) => long)))];
  const order = ['1h', '6h', '1d', '3d'].filter((tier) => tiers.includes(tier as BurnTier['long']));
  return order.slice(0, -1).map((tier, index) => ({
    source_matchers: [`tier="${tier}"`],
    target_matchers: [`tier=~"${order.slice(index + 1).join('|')}"`],
    equal: ['slo'],
  }));
}

/** While the front door is shut, what else of the service misses is no second cause. */
function byOutage(objectives: Objective[]) {
  return objectives.filter(isOutage).map((outage) => ({
    source_matchers: [`slo="${outage.name}"`, 'notify="page"'],
    target_matchers: [`slo=~"${others(objectives, outage).join('|')}"`, 'tier!=""'],
    equal: ['service'],
  }));
}

/** Its slices ask whether the service answers at all. */
const isOutage = (objective: Objective) =>
  objective.source.kind === 'slices' &&
  ['probe_success', 'up'].includes(selectorOf(objective, objective.source.query).metric);

const others = (objectives: Objective[], outage: Objective) =>
  objectives.filter((other) => other !== outage && other.service === outage.service).map(({ name }) => name);

/** While the whole pages, its part does not. */
function byWhole(objectives: Objective[]) {
  return objectives.flatMap(({ name, partOf }) =>
    partOf === undefined
      ? []
      : [
          {
            source_matchers: [`slo="${partOf}"`, 'notify="page"'],
            target_matchers: [`slo="${name}"`, 'tier!=""'],
            equal: ['service'],
          },
        ],
  );
}
