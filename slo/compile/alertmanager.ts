// Objectives in, the configuration of Alertmanager out: who is told, and which alerts are held back by a graver one.
import type { Objective } from '../objectives/read.ts';
import { HELD_BACK_ALERT, isOutage } from './held-back.ts';

/** Waits by how soon somebody must answer: a page groups for a moment, a ticket for minutes. */
const ROUTES = [
  { receiver: 'page-sev-1', matchers: ['notify="page"', 'severity="sev-1"'], group_wait: '10s', repeat_interval: '1h' },
  { receiver: 'page-sev-2', matchers: ['notify="page"'], group_wait: '30s', repeat_interval: '4h' },
  { receiver: 'ticket', matchers: ['notify="ticket"'], group_wait: '5m', repeat_interval: '1d' },
] as const;

/** What only holds other alerts back goes to no one. */
const NOBODY = { receiver: 'nobody', matchers: ['notify="nobody"'] };

/**
 * Routes by `notify` and `severity`, one notification an objective (`slo`); of the tiers that fire, only the fastest tells.
 * @param receiverUrl where all receivers send to, each under its own name: the bridge to phone, chat or tickets
 */
export function alertmanagerConfig(objectives: Objective[], receiverUrl = 'http://127.0.0.1:9099') {
  return {
    route: { receiver: 'ticket', group_by: ['slo'], group_interval: '5m', routes: [...ROUTES, NOBODY] },
    inhibit_rules: [...byTier(objectives), ...byOutage(objectives)],
    receivers: [
      ...ROUTES.map(({ receiver }) => ({
        name: receiver,
        webhook_configs: [{ url: `${receiverUrl}/${receiver}`, send_resolved: true }],
      })),
      { name: NOBODY.receiver },
    ],
  };
}

/** Of what somebody has been told already (slo/compile/held-back.ts) nobody is told again: neither by a slower tier nor by a part. */
function byTier(objectives: Objective[]) {
  const tiers = new Set(objectives.flatMap(({ policy }) => policy.map(({ long }) => long)));
  return [...tiers].map((tier) => ({
    source_matchers: [`alertname="${HELD_BACK_ALERT}"`, `holds="${tier}"`],
    target_matchers: [`tier="${tier}"`],
    equal: ['slo'],
  }));
}

/** While the front door is shut, what else of the service misses is no second cause, though it may have been seen a moment before. */
function byOutage(objectives: Objective[]) {
  return objectives.filter(isOutage).map((outage) => ({
    source_matchers: [`slo="${outage.name}"`, 'notify="page"'],
    target_matchers: [`slo=~"${others(objectives, outage).join('|')}"`, 'tier!=""'],
    equal: ['service'],
  }));
}

const others = (objectives: Objective[], outage: Objective) =>
  objectives.filter((other) => other !== outage && other.service === outage.service).map(({ name }) => name);
