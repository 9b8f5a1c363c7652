// The one registry of what AMS measures: name, kind, unit, labels, buckets. Rules, alerts and dashboards take their names from here.

interface MetricSpec {
  kind: 'counter' | 'gauge' | 'histogram';
  help: string;
  labels: readonly string[];
  /** Upper bounds in the metric's unit. Never whole numbers: Prometheus 3 writes `1` as `1.0`. */
  buckets?: readonly number[];
  /** Which process has it. */
  process: 'api' | 'worker' | 'both';
}

/** 0.3 s is the bound of the latency objective and must stay a bucket. */
const HTTP_SECONDS = [0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.5, 2.5, 7.5] as const;
const LAG_SECONDS = [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.5, 2.5, 7.5, 30.5] as const;

export const METRICS = {
  http_server_request_duration_seconds: {
    kind: 'histogram',
    help: 'Time from the request line to the last byte of the answer, by route template (semantic conventions 1.44).',
    labels: ['http_request_method', 'http_route', 'http_response_status_code'],
    buckets: HTTP_SECONDS,
    process: 'api',
  },
  ams_build_info: {
    kind: 'gauge',
    help: 'Always 1; the labels say which build runs. A new label set is a deployment.',
    labels: ['version', 'commit', 'role'],
    process: 'both',
  },
  ams_commands_total: {
    kind: 'counter',
    help: 'Commands by outcome: accepted, replayed (same Idempotency-Key), rejected (a rule or a conflict), failed.',
    labels: ['command', 'outcome'],
    process: 'api',
  },
  outbox_pending_events: {
    kind: 'gauge',
    help: 'Committed events that no consumer has applied yet, read from the database.',
    labels: [],
    process: 'worker',
  },
  outbox_oldest_pending_age_seconds: {
    kind: 'gauge',
    help: 'Age of the oldest committed event that is not applied yet; 0 when there is none.',
    labels: [],
    process: 'worker',
  },
  relay_heartbeat_timestamp_seconds: {
    kind: 'gauge',
    help: 'Unix time of the last poll of the outbox, whether it found anything or not.',
    labels: [],
    process: 'worker',
  },
  relay_lanes_held: { kind: 'gauge', help: 'Lanes whose lease this process holds.', labels: [], process: 'worker' },
  projection_events_total: {
    kind: 'counter',
    help: 'Events by what the projection did: applied, duplicate, parked (came early), dead (poison), retried.',
    labels: ['projection', 'outcome'],
    process: 'worker',
  },
  projection_lag_seconds: {
    kind: 'histogram',
    help: 'From the commit in PostgreSQL to the acknowledged write in MongoDB.',
    labels: ['projection'],
    buckets: LAG_SECONDS,
    process: 'worker',
  },
  pg_pool_connections: {
    kind: 'gauge',
    help: 'Connections of the PostgreSQL pool by state: total, idle; and callers waiting for one.',
    labels: ['state'],
    process: 'both',
  },
  mongodb_pool_connections: {
    kind: 'gauge',
    help: 'Connections of the MongoDB pool by state: total, in_use; and callers waiting for one.',
    labels: ['state'],
    process: 'both',
  },
  cache_requests_total: {
    kind: 'counter',
    help: 'Look-ups in the shared cache by outcome: hit, miss, stale (invalidated since), error (Redis did not answer in time).',
    labels: ['outcome'],
    process: 'api',
  },
  read_your_writes_total: {
    kind: 'counter',
    help: 'Reads that named a minimum version by outcome: fresh at once, waited, stale (the bounded wait ran out).',
    labels: ['outcome'],
    process: 'api',
  },
} as const satisfies Record<string, MetricSpec>;

export type MetricName = keyof typeof METRICS;

/** What prom-client's default collectors add and our pages use. */
export const RUNTIME_METRICS = [
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
  'process_start_time_seconds',
  'nodejs_eventloop_lag_p99_seconds',
  'nodejs_heap_size_used_bytes',
] as const;
