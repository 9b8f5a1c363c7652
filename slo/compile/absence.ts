// Absence alerts: what makes an objective blind. A rule without data is silent, and silence looks like health.
import type { Objective } from '../objectives/read.ts';
import { commonAnnotations } from './alerts.ts';
import { queriesOf, selectorOf } from './check.ts';
import { MONTH_LENGTH } from './month.ts';
import type { Rule } from './rule.ts';

export const BLIND_ALERT = 'ObjectiveBlind';
export const BLIND_RUNBOOK = `slo/runbooks/${BLIND_ALERT}.md`;
/** A new pod may come without the bucket for a moment of a deployment that goes back by itself. */
export const PARTIAL_FOR = '5m';

export const NO_BUCKET = 'no_bucket';
export type BlindReason = 'never_scraped' | 'no_series' | typeof NO_BUCKET;

/** One for each job that is not scraped, each objective without events, each latency whose bucket some series lack. */
export function absenceAlerts(objectives: Objective[]): Rule[] {
  const jobs = new Map<string, Objective>();
  for (const objective of objectives) {
    const job = jobOf(objective);
    if (!jobs.has(job)) jobs.set(job, objective);
  }
  return [
    ...[...jobs].map(([job, objective]) => neverScraped(job, objective)),
    ...objectives.flatMap((objective) => noSeries(objective)),
    ...objectives.flatMap((objective) => noBucket(objective)),
  ];
}

/** The `job` that an objective's series come from. */
export function jobOf(objective: Objective): string {
  const { matchers } = selectorOf(objective, queriesOf(objective).at(-1)!);
  return matchers.find(({ label, op }) => label === 'job' && op === '=')?.value ?? '';
}

/** This Prometheus has run for 10 minutes and has never seen the job: its address is wrong, or nobody started it. */
function neverScraped(job: string, objective: Objective): Rule {
  const expr = `max(absent_over_time(up{job="${job}"}[10m])) and on () (${MONTH_LENGTH} offset 10m)`;
  return blind(objective, 'never_scraped', expr, `Prometheus does not scrape the job ${job}`);
}

/** The job is up for an hour and its series is not there: a renamed metric or label, or no traffic at all. */
function noSeries(objective: Objective): Rule[] {
  const { source } = objective;
  const query = source.kind === 'events' ? source.total : source.query;
  const { metric } = selectorOf(objective, query);
  if (metric === 'up') return []; // a job without it is one that was never scraped
  const up = `max(up{job="${jobOf(objective)}"}`;
  const expr = `max(absent_over_time(${query}[1h])) and on () ${up} offset 1h) == 1 and on () ${up}) == 1`;
  const what = source.kind === 'events' ? 'nothing was counted for an hour' : `there was no ${metric} for an hour`;
  return [blind(objective, 'no_series', expr, `${what} though its job is up`)];
}

/** Whether its good events are those of a bucket. */
export const asksForBucket = ({ source, thresholdSeconds }: Objective) =>
  source.kind === 'events' && thresholdSeconds !== undefined && source.good !== undefined;

/** The bucket of the objective is missing on some series: its ratio would be empty, or invent errors. */
function noBucket(objective: Objective): Rule[] {
  const { source } = objective;
  if (source.kind !== 'events' || !source.good || !asksForBucket(objective)) return [];
  const of = (selector: string) => `count by (job, instance) (${selector})`;
  const expr = `${of(source.total)} > (${of(source.good)} or 0 * ${of(source.total)})`;
  const what = `some of its series have no bucket le="${objective.thresholdSeconds}"`;
  return [{ ...blind(objective, NO_BUCKET, expr, what), for: PARTIAL_FOR }];
}

function blind(objective: Objective, reason: BlindReason, expr: string, what: string): Rule {
  const { name, service } = objective;
  return {
    alert: BLIND_ALERT,
    expr,
    labels: { slo: name, service, severity: 'sev-3', notify: 'ticket', reason },
    annotations: blindAnnotations(objective, what),
  };
}

export const blindAnnotations = (objective: Objective, what: string) => ({
  summary: `The objective ${objective.name} cannot be judged: ${what}.`,
  ...commonAnnotations(objective, 'sev-3'),
  impact: 'Its alerts are silent, whatever happens to users.',
  way_back: 'Go back to the configuration or the build that was scraped with these series.',
  runbook_url: BLIND_RUNBOOK,
});
