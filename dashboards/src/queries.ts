// Pieces of PromQL that the rows share.

/** The main API, as the objectives count it. */
export const MAIN = 'job="api",http_route=~"/api/v1/.*"';
/** Growth a second, over a range that suits the page's zoom. */
export const rate = (selector: string) => `rate(${selector}[$__rate_interval])`;
/** The q-quantile of a histogram's buckets; `by` is `, label` for one line a label. */
export const quantile = (q: number, selector: string, by = '') =>
  `histogram_quantile(${q}, sum by (le${by}) (${rate(selector)}))`;
/** Share of each value of `label` in all of them. */
export const share = (metric: string, label: string) =>
  `sum by (${label}) (${rate(metric)}) / ignoring (${label}) group_left sum (${rate(metric)})`;
/** One process exports a database's figures for all; should two do so, they say the same. */
export const once = (expr: string, by: string) => `max by (${by}) (${expr})`;
