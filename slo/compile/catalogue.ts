// What a query may name: every series that AMS exports, that Prometheus adds and that our rules record, with its labels.
import { BALANCER_METRICS, METRICS, RUNTIME_METRICS } from '../../system/telemetry/names.ts';

export interface Series {
  labels: readonly string[];
  /** Upper bounds, for histograms. */
  buckets?: readonly number[];
}

/** Labels that Prometheus gives to everything it scrapes. */
const SCRAPED = ['job', 'instance'];
const SLO = ['slo', 'service'];

/** Windows for which the error ratio is recorded, in the order of the tiers. */
export const WINDOWS = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'] as const;

/** The long ones of them: these have a lower bound of the error ratio, too. */
export const LONG_WINDOWS = ['1h', '6h', '1d', '3d'] as const;

/** Recording rules of `slo/rules`, by their labels. */
export const RECORDED: Record<string, readonly string[]> = {
  ...Object.fromEntries(WINDOWS.map((window) => [`slo:sli_error:ratio_rate${window}`, SLO])),
  'slo:month_length:ratio': SLO,
  ...Object.fromEntries(LONG_WINDOWS.map((window) => [`slo:events:increase${window}`, SLO])),
  ...Object.fromEntries(LONG_WINDOWS.map((window) => [`slo:sli_error_lower:ratio_rate${window}`, SLO])),
  'slo:error_budget:ratio': SLO,
  'slo:slice_good:bool': SLO,
  'slo:events_bad:increase5m': [...SLO, 'month'],
  'slo:events_total:increase5m': [...SLO, 'month'],
  'slo:budget_remaining:ratio_month': SLO,
};

/** The series of that exact name (with `_bucket`, `_sum`, `_count` for histograms), or undefined when there is none. */
export function seriesOf(name: string): Series | undefined {
  if (name === 'up' || name === 'probe_success') return { labels: SCRAPED };
  if (name === 'ALERTS') {
    return {
      labels: ['alertname', 'alertstate', 'severity', 'notify', 'tier', 'holds', 'indicator', 'reason', ...SLO],
    };
  }
  const recorded = RECORDED[name];
  if (recorded) return { labels: recorded };
  if ((RUNTIME_METRICS as readonly string[]).includes(name)) return { labels: SCRAPED };
  const balancer = BALANCER_METRICS[name];
  if (balancer) return { labels: [...balancer, ...SCRAPED] };
  const base = name.replace(/_(bucket|sum|count)$/, '');
  const metrics: Record<string, { kind: string; labels: readonly string[]; buckets?: readonly number[] }> = METRICS;
  const metric = metrics[name] ?? metrics[base];
  if (!metric || (metric.kind === 'histogram') !== (name !== base)) return undefined;
  const le = name.endsWith('_bucket') ? ['le'] : [];
  return {
    labels: [...metric.labels, ...SCRAPED, ...le],
    ...(le.length > 0 && metric.buckets && { buckets: metric.buckets }),
  };
}
