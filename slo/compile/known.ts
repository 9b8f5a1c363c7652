// Does what a query names exist? Selectors in, what nobody exports or records out. Pure.
import { seriesOf } from './catalogue.ts';
import type { Selector } from './promql.ts';

/** One sentence for each series and each label that there is not. */
export function unknownIn(selectors: readonly Selector[]): string[] {
  return selectors.flatMap(({ metric, matchers }) => {
    const series = seriesOf(metric);
    if (!series) return [`nothing exports or records ${metric || 'a series without a name'}`];
    return matchers.flatMap(({ label }) => (series.labels.includes(label) ? [] : [`${metric} has no label ${label}`]));
  });
}
