// The five pictures that matter for an objective: what is drawn, in which unit, and why one looks at it. Pure.
import { selectorOf } from '../compile/check.ts';
import type { Objective } from '../objectives/read.ts';
import { windowShare } from './counts.ts';
import type { Unit } from './units.ts';

export interface Panel {
  id: string;
  title: string;
  /** What it shows, for somebody who sees it for the first time. */
  says: string;
  unit: Unit;
  queries: { expr: string /** Label whose value names the line; else the text. */; by?: string; legend?: string }[];
  /** Of a picture whose fall is the news, the lowest point is told instead of the peak. */
  lowest?: true;
  /** Drawn as a line: the objective's threshold. */
  limit?: number;
}

const MAIN = 'job="api",http_route=~"/api/v1/.*"';
const COUNT = `http_server_request_duration_seconds_count{${MAIN}}`;

const errors: Panel = {
  id: 'errors',
  title: 'Share of requests that end with 5xx',
  says: 'Answers of the main API that are our fault, share of the last 5 minutes.',
  unit: 'percent',
  queries: [
    {
      expr: `(sum(rate(http_server_request_duration_seconds_count{${MAIN},http_response_status_code=~"5.."}[5m])) or 0 * sum(rate(${COUNT}[5m]))) / (sum(rate(${COUNT}[5m])) > 0)`,
      legend: '5xx',
    },
  ],
};
const slow: Panel = {
  id: 'latency',
  title: 'Share of requests slower than 300 ms',
  says: 'Requests to the main API above the bound of the latency objective, share of the last 5 minutes.',
  unit: 'percent',
  queries: [
    {
      expr: `1 - sum(rate(http_server_request_duration_seconds_bucket{${MAIN},le="0.3"}[5m])) / (sum(rate(${COUNT}[5m])) > 0)`,
      legend: 'slower',
    },
  ],
};
const rate: Panel = {
  id: 'rate',
  title: 'Requests a second by status',
  says: 'What came in, and how it was answered. A fall to nothing says that nobody gets through.',
  unit: 'per-second',
  queries: [{ expr: `sum by (http_response_status_code) (rate(${COUNT}[2m]))`, by: 'http_response_status_code' }],
};
const pools: Panel = {
  id: 'saturation',
  title: 'Callers waiting for a connection, and the event loop',
  says: 'Callers in the queue of a pool wait before their query begins; a busy event loop (1 is all of it) delays everything.',
  unit: 'number',
  queries: [
    { expr: 'sum(pg_pool_connections{state="waiting"})', legend: 'PostgreSQL pool' },
    { expr: 'sum(mongodb_pool_connections{state="waiting"})', legend: 'MongoDB pool' },
    { expr: 'max(rate(nodejs_eventloop_active_seconds_total[2m]))', legend: 'busiest event loop' },
  ],
};
const lag: Panel = {
  id: 'lag',
  title: 'Age of the oldest event that is not shown yet',
  says: 'How far the read models are behind the writes. It grows steadily when the worker stands still.',
  unit: 'seconds',
  queries: [{ expr: 'max by (group) (outbox_oldest_pending_age_seconds)', by: 'group' }],
};
const up: Panel = {
  id: 'up',
  title: 'Front door and instances that answer',
  says: '1 while the front door answers the probe from outside, and while Prometheus can scrape an instance; else 0.',
  unit: 'number',
  lowest: true,
  queries: [
    { expr: 'min(probe_success{job="probe"})', legend: 'front door' },
    { expr: 'max by (instance) (up{job="api"})', by: 'instance', legend: 'instances' },
  ],
};
const projected: Panel = {
  id: 'events',
  title: 'Events a second by what became of them',
  says: 'Applied, duplicate, parked, retried, dead. None at all: the worker stands still.',
  unit: 'per-second',
  queries: [{ expr: 'sum by (outcome) (rate(projection_events_total[2m]))', by: 'outcome' }],
};
const dead: Panel = {
  id: 'dead-letters',
  title: 'Dead letters and parked events',
  says: 'Events that no projection could apply, and those that wait behind one.',
  unit: 'number',
  queries: [
    { expr: 'sum(dead_letters)', legend: 'dead letters' },
    { expr: 'sum(parked_events)', legend: 'parked' },
  ],
};
const notified: Panel = {
  id: 'notifications',
  title: 'Notifications a second by what became of them',
  says: 'Sent, moved to the next channel, postponed, dead.',
  unit: 'per-second',
  queries: [{ expr: 'sum by (outcome) (rate(notifications_total[2m]))', by: 'outcome' }],
};
const queued: Panel = {
  id: 'queue',
  title: 'Oldest notification that waits, by channel',
  says: 'A queue that ages is not served: its provider is away, or the worker is.',
  unit: 'seconds',
  queries: [{ expr: 'max by (channel) (notification_queue_oldest_age_seconds)', by: 'channel' }],
};
const providers: Panel = {
  id: 'providers',
  title: 'Calls to providers a second that were not answered well',
  says: 'Refused, failed and timed-out calls by provider, each retry counted.',
  unit: 'per-second',
  queries: [
    { expr: 'sum by (target) (rate(outbound_request_duration_seconds_count{outcome!="ok"}[2m]))', by: 'target' },
  ],
};

/** By the metric that the objective counts, besides the objective's own share of bad events. */
const OTHERS: [metric: RegExp, panels: Panel[]][] = [
  [/^http_server_/, [errors, slow, rate, pools, lag]],
  [/^(up|probe_)/, [up, rate, errors, pools, lag]],
  [/^notifications_/, [notified, queued, providers, dead]],
  [/^(projection_|outbox_|relay_)/, [lag, projected, pools, dead]],
];

/**
 * The objective's own share of bad events first, then the four that say where to look.
 * @param limitShare the share above which its alert fires, drawn into the first one
 */
export function panelsFor(objective: Objective, window: string, limitShare: number): Panel[] {
  const { source } = objective;
  const { metric } = selectorOf(objective, source.kind === 'slices' ? source.query : source.total);
  const own: Panel = {
    id: 'objective',
    title: `${objective.displayName}: share of bad ${source.kind === 'slices' ? 'time' : 'events'}`,
    says: `What the alert looks at: the share of the last ${window}. The dashed line is where it fires.`,
    unit: 'percent',
    queries: [
      {
        expr: windowShare(objective, window),
        legend: objective.name,
      },
    ],
    limit: limitShare,
  };
  const others = OTHERS.find(([pattern]) => pattern.test(metric))?.[1] ?? [errors, slow, rate, pools, lag];
  return [own, ...others.filter(({ id }) => id !== sameAs(objective))].slice(0, 5);
}

/** The panel that would show the objective's own figure once more. */
const sameAs = ({ name }: Objective) => ({ errors: 'errors', latency: 'latency' })[name];
