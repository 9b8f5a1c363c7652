// What an objective must satisfy before rules are made of it: its tiers can fire, its series and its bucket exist. Pure.
import { badQuery, deadTier, notABucket, unknownLabel, unknownMetric } from '../failures.ts';
import type { Objective } from '../objectives/read.ts';
import { seriesOf } from './catalogue.ts';
import { monthShare } from './month.ts';
import { readPromql, type Selector } from './promql.ts';

const LONGEST_MONTH = 31;

/** The one selector of a query. Throws a Failure when it is anything else. */
export function selectorOf(objective: Objective, query: string): Selector {
  const { error, selectors } = readPromql(query);
  if (error) throw badQuery(objective.name, query, error);
  const [selector] = selectors;
  if (selectors.length !== 1 || !selector || !/^\w+\{[^}]*\}$/.test(query.trim())) {
    throw badQuery(objective.name, query, 'more than one selector');
  }
  return selector;
}

export function queriesOf({ source }: Objective): string[] {
  return source.kind === 'slices'
    ? [source.query]
    : [source.good, source.bad, source.total].filter((query) => query !== undefined);
}

/** Throws a Failure for the first thing that would leave a rule silent. */
export function checkObjective(objective: Objective): void {
  const { name, target, policy, thresholdSeconds } = objective;
  for (const tier of policy) {
    const { long, short, factor } = tier;
    if (factor * (1 - target) * monthShare(tier, LONGEST_MONTH) >= 1)
      throw deadTier(name, `${long}/${short} (factor ${factor})`, budgetInverse(target));
  }
  for (const query of queriesOf(objective)) {
    const { metric, matchers } = selectorOf(objective, query);
    const series = seriesOf(metric);
    if (!series) throw unknownMetric(name, metric);
    for (const { label } of matchers) if (!series.labels.includes(label)) throw unknownLabel(name, metric, label);
    if (series.buckets && thresholdSeconds !== undefined && !series.buckets.includes(thresholdSeconds)) {
      throw notABucket(name, thresholdSeconds, metric, series.buckets);
    }
  }
}

/** Largest possible burn rate: everything bad, 1 / (1 - target). */
const budgetInverse = (target: number) => Number((1 / (1 - target)).toPrecision(6));

/** The error budget as a ratio, without the noise of binary fractions: 0.005, not 0.005000000000000004. */
export const budgetOf = ({ target }: Objective) => Number((1 - target).toPrecision(9));
