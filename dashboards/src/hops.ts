// The rows that say which hop is slow or failing: requests, events, processes and pools. Five graphs each.
import type { PanelSpec, RowSpec } from './panels.ts';
import { MAIN, quantile, rate } from './queries.ts';

/** Widths of five graphs on the page's 24 columns. */
const FIVE = [5, 5, 5, 5, 4] as const;

type Graph = { [K in PanelSpec as K['kind']]: Omit<K, 'kind' | 'width'> }['timeseries'];
/** Five graphs side by side. */
export const graphs = (specs: Graph[]): PanelSpec[] =>
  specs.map((spec, index) => ({ ...spec, kind: 'timeseries', width: FIVE[index]! }));

export const requests: RowSpec = {
  id: 300,
  title: 'Which hop? Requests',
  height: 7,
  panels: graphs([
    {
      id: 301,
      title: 'p95 by route',
      description: 'Which route is slow. All of them at once points at a process or a pool, one of them at its query.',
      unit: 's',
      queries: [
        {
          expr: quantile(0.95, `http_server_request_duration_seconds_bucket{${MAIN}}`, ', http_route'),
          legend: '{{http_route}}',
          exemplars: true,
        },
      ],
    },
    {
      id: 302,
      title: 'Answers by status',
      description: 'Answers a second of the main API by status: 5xx are our errors, 4xx are refusals.',
      unit: 'reqps',
      queries: [
        {
          expr: `sum by (http_response_status_code) (${rate(`http_server_request_duration_seconds_count{${MAIN}}`)})`,
          legend: '{{http_response_status_code}}',
        },
      ],
    },
    {
      id: 303,
      title: 'Commands by outcome',
      description:
        'Accepted, replayed (same Idempotency-Key), rejected by a rule, failed. Many replays mean that callers give up waiting.',
      unit: 'ops',
      queries: [{ expr: `sum by (outcome) (${rate('ams_commands_total')})`, legend: '{{outcome}}' }],
    },
    {
      id: 304,
      title: 'Cache look-ups by outcome',
      description:
        'Hit, miss, stale, error. Errors mean that Redis did not answer in time; the database then carries the reads.',
      unit: 'ops',
      queries: [{ expr: `sum by (outcome) (${rate('cache_requests_total')})`, legend: '{{outcome}}' }],
    },
    {
      id: 305,
      title: 'Read your writes',
      description:
        'Reads that named a version: fresh at once, waited, stale. Waiting reads are slow because the projections are late.',
      unit: 'ops',
      queries: [{ expr: `sum by (outcome) (${rate('read_your_writes_total')})`, legend: '{{outcome}}' }],
    },
  ]),
};

export const events: RowSpec = {
  id: 400,
  title: 'Which hop? Events',
  height: 7,
  panels: graphs([
    {
      id: 401,
      title: 'Oldest event in the outbox',
      description:
        'Age of the oldest committed event that is not applied. Grows steadily when the worker stands still.',
      unit: 's',
      queries: [{ expr: 'max(outbox_oldest_pending_age_seconds)', legend: 'oldest' }],
    },
    {
      id: 402,
      title: 'Events in the outbox',
      description:
        'Committed events that no consumer has applied. Grows with young events when the worker is only too slow.',
      unit: 'none',
      queries: [{ expr: 'max(outbox_pending_events)', legend: 'pending' }],
    },
    {
      id: 403,
      title: 'Projection lag, p95',
      description:
        'From the commit in PostgreSQL to the acknowledged write in MongoDB. Normal is a few hundred milliseconds at most.',
      unit: 's',
      queries: [
        {
          expr: quantile(0.95, 'projection_lag_seconds_bucket', ', projection'),
          legend: '{{projection}}',
          exemplars: true,
        },
      ],
    },
    {
      id: 404,
      title: 'Events by outcome',
      description: 'Applied, duplicate, parked, retried, dead. Dead events wait for an operator.',
      unit: 'ops',
      queries: [{ expr: `sum by (outcome) (${rate('projection_events_total')})`, legend: '{{outcome}}' }],
    },
    {
      id: 405,
      title: 'Relay: time since the last poll',
      description:
        'Each poll leaves a heartbeat, whether it found anything or not. More than a few seconds: the relay hangs.',
      unit: 's',
      queries: [{ expr: 'time() - relay_heartbeat_timestamp_seconds', legend: '{{instance}}' }],
    },
  ]),
};

export const processes: RowSpec = {
  id: 500,
  title: 'Which hop? Processes and pools',
  height: 7,
  panels: graphs([
    {
      id: 501,
      title: 'PostgreSQL pool',
      description: 'Connections by state. Callers waiting for one wait before their statement begins.',
      unit: 'none',
      queries: [{ expr: 'sum by (job, state) (pg_pool_connections)', legend: '{{job}} {{state}}' }],
    },
    {
      id: 502,
      title: 'MongoDB pool',
      description: 'Connections by state. Callers waiting for one wait before their query begins.',
      unit: 'none',
      queries: [{ expr: 'sum by (job, state) (mongodb_pool_connections)', legend: '{{job}} {{state}}' }],
    },
    {
      id: 503,
      title: 'Event loop lag, p99',
      description: 'How late a timer of the process fires. A blocked loop delays every request of that process.',
      unit: 's',
      queries: [{ expr: 'nodejs_eventloop_lag_p99_seconds', legend: '{{job}} {{instance}}' }],
    },
    {
      id: 504,
      title: 'CPU',
      description: 'Cores used by each process. One thread runs JavaScript: near 1 there is nothing left.',
      unit: 'none',
      queries: [{ expr: rate('process_cpu_seconds_total'), legend: '{{job}} {{instance}}' }],
    },
    {
      id: 505,
      title: 'Memory',
      description: 'Resident memory and JavaScript heap of each process. A line that only rises is a leak.',
      unit: 'bytes',
      queries: [
        { expr: 'process_resident_memory_bytes', legend: '{{job}} {{instance}} resident' },
        { expr: 'nodejs_heap_size_used_bytes', legend: '{{job}} {{instance}} heap' },
      ],
    },
  ]),
};
