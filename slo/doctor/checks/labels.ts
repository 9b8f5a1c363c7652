// What the rules read: each metric of an objective is there, with the labels that its selectors name, and labels stay few. Pure.
import { jobOf } from '../../compile/absence.ts';
import { queriesOf, selectorOf } from '../../compile/check.ts';
import type { Objective } from '../../objectives/read.ts';
import { type Exposed, type Finding, familyOf, fewOf, note, wrong } from '../finding.ts';
import { matches } from './buckets.ts';

const CHECK = 'labels';
/** Given by Prometheus when it scrapes. */
const SCRAPED = ['job', 'instance', 'le'];

/**
 * A process is one of a job when it exposes a metric of that job's objectives; then it must have all of them.
 * @param isOneProcess false for a Prometheus, which scrapes every job
 */
export function checkLabels(exposed: Exposed, objectives: readonly Objective[], isOneProcess: boolean): Finding[] {
  const names = new Set([...exposed.samples.map(({ name }) => familyOf(name)), ...exposed.types.keys()]);
  const has = (metric: string) =>
    [metric, familyOf(metric), metric.replace(/_total$/, '')].some((name) => names.has(name));
  const metricsOf = (objective: Objective) =>
    queriesOf(objective)
      .map((query) => ({ query, ...selectorOf(objective, query) }))
      .filter(({ metric }) => metric !== 'up');
  const jobs = new Set(
    objectives
      .filter((objective) => !isOneProcess || metricsOf(objective).some(({ metric }) => has(metric)))
      .map((objective) => jobOf(objective)),
  );
  if (isOneProcess && jobs.size === 0)
    return [
      wrong(
        CHECK,
        'all metrics',
        'no metric of any objective is exposed here',
        'name the /metrics of the API or of the worker; metric names are listed in system/telemetry/names.ts',
      ),
    ];
  const findings = objectives
    .filter((objective) => jobs.has(jobOf(objective)))
    .flatMap((objective) =>
      metricsOf(objective).flatMap(({ query, metric, matchers }) => {
        const who = `objective ${objective.name}`;
        if (!has(metric))
          return [
            wrong(
              CHECK,
              metric,
              `it is not exposed, and ${who} counts it`,
              'expose it; another name needs another objective',
            ),
          ];
        const own = exposed.samples.filter(({ name }) => name === metric);
        if (own.length === 0)
          return [
            note(
              CHECK,
              metric,
              `it has no series yet: ${who} has counted nothing`,
              'look again when there was traffic',
            ),
          ];
        const needed = matchers.map(({ label }) => label).filter((label) => !SCRAPED.includes(label));
        const missing = needed.filter((label) => !own.some(({ labels }) => label in labels));
        if (missing.length > 0)
          return [
            wrong(
              CHECK,
              metric,
              `none of its ${own.length} series has the label ${missing.join(', ')}, which ${who} selects by`,
              'give the metric that label where it is observed',
            ),
          ];
        // No bad event yet is no fault.
        const isBad = objective.source.kind === 'events' && objective.source.bad === query;
        return isBad || own.some(({ labels }) => matches(labels, matchers))
          ? []
          : [
              note(
                CHECK,
                metric,
                `none of its ${own.length} series is one that ${who} selects`,
                'look again when there was such traffic, or compare the values of its labels',
              ),
            ];
      }),
    );
  // Good and total of one objective, or two objectives, ask for the same metric.
  return [...new Map(findings.map((finding) => [`${finding.where} ${finding.what}`, finding])).values()];
}

/** Values of one label above this number grow with users. */
const MOST_VALUES = 200;
const ID = /\/(\d{2,}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{20,})(\/|$)/i;

/** Labels whose values are as many as there are users: each value is a series for ever. */
export function checkValues({ samples }: Exposed): Finding[] {
  const values = new Map<string, Set<string>>();
  for (const { name, labels } of samples) {
    for (const [label, value] of Object.entries(labels)) {
      if (SCRAPED.includes(label)) continue;
      const key = `${familyOf(name)}{${label}}`;
      const known = values.get(key) ?? new Set();
      values.set(key, known.add(value));
    }
  }
  return [...values].flatMap(([where, all]) => {
    const ids = [...all].filter((value) => ID.test(value));
    if (ids.length > 0)
      return [
        wrong('values', where, `values hold ids: ${fewOf(ids)}`, 'use the route template (/members/:id), not the path'),
      ];
    return all.size > MOST_VALUES
      ? [
          wrong(
            'values',
            where,
            `${all.size} values, each of them a series for ever`,
            'drop the label, or make groups of it',
          ),
        ]
      : [];
  });
}
