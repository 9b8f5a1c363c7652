// Did every instance get its share? Requests by instance in, how uneven they are out. Pure.
import type { ExposedSample } from '../../../slo/source/exposition.ts';

export interface Balance {
  /** Requests of the measured time by instance. */
  requests: Record<string, number>;
  /** Largest distance of an instance from the mean, as a share of the mean: 0 is even, 1 is all for one of two. */
  skew: number;
  /** Above this it is no longer round robin. */
  limit: number;
}

/** Round robin gives even shares; instances that restart or are checked out for a moment may miss so much. */
const LIMIT = 0.1;

/**
 * Undefined with fewer than two instances.
 * The limit is a tenth plus three standard deviations of a count that is left to chance (Poisson), so that few requests do not alarm.
 */
export function balanceOf(after: Record<string, number>, before: Record<string, number>): Balance | undefined {
  const names = Object.keys(after);
  if (names.length < 2) return undefined;
  const requests = Object.fromEntries(names.map((name) => [name, Math.max(0, after[name]! - (before[name] ?? 0))]));
  const counts = Object.values(requests);
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  if (mean === 0) return { requests, skew: 0, limit: LIMIT };
  const skew = Math.max(...counts.map((count) => Math.abs(count - mean))) / mean;
  return { requests, skew, limit: LIMIT + 3 / Math.sqrt(mean) };
}

/** What HAProxy has forwarded to each named server so far, from its own metrics, over all backends. */
export function forwardedBy(samples: readonly ExposedSample[], servers: readonly string[]): Record<string, number> {
  const counts = Object.fromEntries(servers.map((server) => [server, 0]));
  for (const { name, labels, value } of samples) {
    const server = labels.server;
    if (name !== 'haproxy_server_http_responses_total' || server === undefined || !(server in counts)) continue;
    counts[server]! += value;
  }
  return counts;
}
