// The one registry of what AMS measures: name, kind, unit, labels, buckets. Rules, alerts and dashboards take their names from here.

interface MetricSpec {
  kind: 'counter' | 'gauge' | 'histogram';
  help: string;
  labels: readonly string[];
  /** Upper bounds in the metric's unit. Never whole numbers: Prometheus 3 writes `1` as `1.0`. */
  buckets?: readonly number[];
  /** Histograms whose buckets remember the trace of a sampled observation. */
  exemplars?: true;
  /** Which process has it. */
  process: 'api' | 'worker' | 'both';
}

/** 0.3 s is the bound of the latency objective and must stay a bucket. */
const HTTP_SECONDS = [0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.5, 2.5, 7.5] as const;
const LAG_SECONDS = [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.5, 2.5, 7.5, 30.5] as const;
/** The bounds of "good": 0.2 s for INP, 0.8 for TTFB, 1.8 for FCP, 2.5 for LCP (web.dev/articles/vitals). */
const VITAL_SECONDS = [0.05, 0.1, 0.2, 0.35, 0.5, 0.8, 1.2, 1.8, 2.5, 4.5, 8.5] as const;

export const METRICS = {
  http_server_request_duration_seconds: {
    kind: 'histogram',
    help: 'Time from the request line to the last byte of the answer, by route template (semantic conventions 1.44).',
    labels: ['http_request_method', 'http_route', 'http_response_status_code'],
    buckets: HTTP_SECONDS,
    exemplars: true,
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
    help: 'Committed events that a consumer has not taken care of yet, read from the database; at most 50,000 a lane are counted.',
    labels: ['group'],
    process: 'worker',
  },
  outbox_oldest_pending_age_seconds: {
    kind: 'gauge',
    help: 'Age of the oldest committed event that a consumer has not taken care of; 0 when there is none.',
    labels: ['group'],
    process: 'worker',
  },
  relay_heartbeat_timestamp_seconds: {
    kind: 'gauge',
    help: 'Unix time at which the relay of a consumer looked for events last, whether it found any or not.',
    labels: ['group'],
    process: 'worker',
  },
  relay_lanes_held: {
    kind: 'gauge',
    help: 'Lanes of a consumer whose lease this process holds.',
    labels: ['group'],
    process: 'worker',
  },
  relay_events_total: {
    kind: 'counter',
    help: 'Events of a consumer by outcome: handled, retried (the batch failed), buried (a dead letter), duplicate (had come before), refilled (missing in the broker, read from the outbox).',
    labels: ['group', 'outcome'],
    process: 'worker',
  },
  broker_messages_total: {
    kind: 'counter',
    help: 'Messages of RabbitMQ or Kafka by operation: published (confirmed), publish_failed, received, redelivered.',
    labels: ['operation'],
    process: 'worker',
  },
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
    exemplars: true,
    process: 'worker',
  },
  // What waits beside the read models, and the statistics.
  dead_letters: {
    kind: 'gauge',
    help: 'Events that a projection could not apply and an operator has to look at (npm run deadletters).',
    labels: ['projection'],
    process: 'worker',
  },
  dead_letter_oldest_age_seconds: {
    kind: 'gauge',
    help: 'Age of the oldest dead letter; 0 when there is none.',
    labels: ['projection'],
    process: 'worker',
  },
  parked_events: {
    kind: 'gauge',
    help: 'Events that wait for their predecessor, most of them behind a dead letter.',
    labels: ['projection'],
    process: 'worker',
  },
  statistic_dirty_buckets: {
    kind: 'gauge',
    help: 'Statistics (a class and day, a month of payments) that wait to be counted again.',
    labels: [],
    process: 'worker',
  },
  statistic_oldest_dirty_age_seconds: {
    kind: 'gauge',
    help: 'How long the oldest of them has been waiting; 0 when there is none.',
    labels: [],
    process: 'worker',
  },
  statistic_buckets_counted_total: {
    kind: 'counter',
    help: 'Statistics counted again, by kind: attendance, payment.',
    labels: ['kind'],
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
  // Redis: the first tier, the breaker, the fallback, limits, and what INFO says.
  cache_first_tier_requests_total: {
    kind: 'counter',
    help: 'Look-ups in the first tier, in the process, by outcome: hit, miss, bypassed (it may have missed an invalidation). Misses go on to the shared cache.',
    labels: ['outcome'],
    process: 'both',
  },
  cache_first_tier_entries: { kind: 'gauge', help: 'Values in the first tier.', labels: [], process: 'both' },
  cache_first_tier_bytes: {
    kind: 'gauge',
    help: 'Size of the values in the first tier, as JSON.',
    labels: [],
    process: 'both',
  },
  cache_invalidations_total: {
    kind: 'counter',
    help: 'Scopes made old by outcome: sent, owed (Redis did not take it; sent again when it is back), heard (from any process), flushed (whole first tier, after a broken subscription).',
    labels: ['outcome'],
    process: 'both',
  },
  cache_fallback_loads: {
    kind: 'gauge',
    help: 'Loads from the database while Redis does not answer, by state: running, waiting.',
    labels: ['state'],
    process: 'both',
  },
  cache_fallback_refused_total: {
    kind: 'counter',
    help: 'Look-ups refused because too many loads were running and waiting while Redis did not answer.',
    labels: [],
    process: 'both',
  },
  redis_breaker_state: {
    kind: 'gauge',
    help: '1 for the state of the breaker round Redis: closed, half_open (one probe under way) or open.',
    labels: ['state'],
    process: 'both',
  },
  redis_requests_total: {
    kind: 'counter',
    help: 'Uses of Redis by outcome: answered, failed (an error or no answer in time), refused (the breaker was open).',
    labels: ['outcome'],
    process: 'both',
  },
  redis_memory_bytes: {
    kind: 'gauge',
    help: 'Memory of Redis as it said a few seconds ago: used, and max (0: no limit). Of a cluster the sum over its masters.',
    labels: ['kind'],
    process: 'both',
  },
  redis_replication_lag_bytes: {
    kind: 'gauge',
    help: 'What the replica that is furthest behind has not acknowledged; 0 without replicas.',
    labels: [],
    process: 'both',
  },
  redis_replicas: { kind: 'gauge', help: 'Replicas that are connected.', labels: [], process: 'both' },
  rate_limit_decisions_total: {
    kind: 'counter',
    help: 'Requests that a rate limit let pass or refused, and whether Redis or, while it is away, this process alone counted.',
    labels: ['kind', 'outcome', 'counted'],
    process: 'api',
  },
  idempotency_recalls_total: {
    kind: 'counter',
    help: 'Commands looked up among the answers kept in Redis, by outcome: hit, miss, error, unasked (a new key while retries are rare). PostgreSQL keeps the promise in any case.',
    labels: ['outcome'],
    process: 'api',
  },
  read_your_writes_total: {
    kind: 'counter',
    help: 'Reads that named a minimum version by outcome: fresh at once, waited, stale (the bounded wait ran out).',
    labels: ['outcome'],
    process: 'api',
  },
  // Runtime and tracing, of every process.
  process_warm_up_seconds: {
    kind: 'gauge',
    help: 'Age of the process when it was first ready, and when it had answered its first 1,000 requests; 0 until then.',
    labels: ['stage'],
    process: 'both',
  },
  http_server_warm_up_request_duration_seconds: {
    kind: 'histogram',
    help: 'Response time of the first 1,000 requests of a process: against the steady one it shows what a cold start costs.',
    labels: [],
    buckets: HTTP_SECONDS,
    process: 'api',
  },
  nodejs_eventloop_active_seconds_total: {
    kind: 'counter',
    help: 'Time in which the event loop was busy; its rate is the event loop utilisation, 0 to 1.',
    labels: [],
    process: 'both',
  },
  trace_spans_total: {
    kind: 'counter',
    help: 'Sampled spans by what became of them: exported, failed (the receiver did not take them), dropped (the queue was full).',
    labels: ['outcome'],
    process: 'both',
  },
  // The databases as they see themselves, asked every few seconds by the jobs role of the worker.
  postgresql_transactions_total: {
    kind: 'counter',
    help: 'Transactions of the database by outcome: commit, rollback (pg_stat_database).',
    labels: ['outcome'],
    process: 'worker',
  },
  postgresql_blocks_total: {
    kind: 'counter',
    help: 'Blocks of 8 KiB that the database found in its own memory (hit) or asked the system for (read).',
    labels: ['source'],
    process: 'worker',
  },
  postgresql_deadlocks_total: {
    kind: 'counter',
    help: 'Deadlocks that the server has broken.',
    labels: [],
    process: 'worker',
  },
  postgresql_connections: {
    kind: 'gauge',
    help: 'Connections of clients to the server by state: active, idle, idle_in_transaction, other; and the limit.',
    labels: ['state'],
    process: 'worker',
  },
  postgresql_oldest_transaction_age_seconds: {
    kind: 'gauge',
    help: 'Age of the oldest open transaction of the server; one that writes holds the relay back for so long.',
    labels: [],
    process: 'worker',
  },
  postgresql_replication_lag_seconds: {
    kind: 'gauge',
    help: 'Time until the replica has replayed what the primary writes (pg_stat_replication); 0 when it has all of it.',
    labels: ['replica'],
    process: 'worker',
  },
  postgresql_replication_lag_bytes: {
    kind: 'gauge',
    help: 'Bytes of write-ahead log that the replica has not replayed yet.',
    labels: ['replica'],
    process: 'worker',
  },
  mongodb_operations_total: {
    kind: 'counter',
    help: 'Operations on a collection by kind: reads, writes, commands ($collStats latencyStats).',
    labels: ['collection', 'kind'],
    process: 'worker',
  },
  mongodb_operation_seconds_total: {
    kind: 'counter',
    help: 'Time that MongoDB spent in these operations; by mongodb_operations_total it is the response time of a collection.',
    labels: ['collection', 'kind'],
    process: 'worker',
  },
  mongodb_connections: {
    kind: 'gauge',
    help: 'Connections to the server by state: current, active, available.',
    labels: ['state'],
    process: 'worker',
  },
  mongodb_replication_lag_seconds: {
    kind: 'gauge',
    help: "How far a secondary's last operation is behind the primary's; there is none without a replica set.",
    labels: ['member'],
    process: 'worker',
  },
  database_watch_failures_total: {
    kind: 'counter',
    help: 'Times that a database did not answer the questions of this block; its figures are then as old as the last answer.',
    labels: ['database'],
    process: 'worker',
  },
  // The write model: its upkeep, and its read replica as this instance sees it.
  outbox_partitions: {
    kind: 'gauge',
    help: 'Partitions of the outbox, those made ahead included. It grows when a consumer does not go on (npm run growth says which).',
    labels: [],
    process: 'worker',
  },
  maintenance_runs_total: {
    kind: 'counter',
    help: 'Upkeep of the write model by task (outbox_ahead, outbox_drop, answers) and outcome: done, failed (tried again).',
    labels: ['task', 'outcome'],
    process: 'worker',
  },
  replica_reads_total: {
    kind: 'counter',
    help: 'Reads that need the write model by the server that answered, and why: ok, away (no replica, or it does not answer), behind (it lags too much), missing (the row or its version has not come yet).',
    labels: ['source', 'reason'],
    process: 'api',
  },
  replica_lag_seconds: {
    kind: 'gauge',
    help: 'How long ago the primary wrote what the replica has replayed last; 0 when it has all of it. Not set while the replica is away.',
    labels: [],
    process: 'api',
  },
  replica_lag_bytes: {
    kind: 'gauge',
    help: 'Write-ahead log of the primary that the replica has not replayed.',
    labels: [],
    process: 'api',
  },
  replica_usable: {
    kind: 'gauge',
    help: '1 while the replica answers and is not too far behind, else 0.',
    labels: [],
    process: 'api',
  },
  // What browsers send to /collect.
  web_vital_duration_seconds: {
    kind: 'histogram',
    help: 'Web vitals that are times (lcp, inp, fcp, ttfb) as browsers measured them, by page template and version of the page.',
    labels: ['vital', 'page', 'version'],
    buckets: VITAL_SECONDS,
    process: 'api',
  },
  web_vital_layout_shift: {
    kind: 'histogram',
    help: 'Cumulative layout shift as browsers measured it; 0.1 is good, 0.25 is poor.',
    labels: ['page', 'version'],
    buckets: [0.01, 0.05, 0.1, 0.15, 0.25, 0.5, 0.75],
    process: 'api',
  },
  web_exceptions_total: {
    kind: 'counter',
    help: 'Errors that browsers reported.',
    labels: ['page', 'version'],
    process: 'api',
  },
  web_collect_total: {
    kind: 'counter',
    help: 'Payloads of browsers by outcome: accepted, invalid, too_large, limited, forbidden (another origin).',
    labels: ['outcome'],
    process: 'api',
  },
  // Outbound calls and the queues of notifications.
  outbound_request_duration_seconds: {
    kind: 'histogram',
    help: 'One call to a provider (kakao, sms, push, phone_verification), each retry counted alone, by outcome: ok, refused (4xx: not tried again), failed, timeout.',
    labels: ['target', 'outcome'],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.5, 2.5, 4.5, 5.5],
    process: 'both',
  },
  outbound_breaker_state: {
    kind: 'gauge',
    help: '1 for the state of the breaker round a provider: closed, half_open (one probe under way) or open.',
    labels: ['target', 'state'],
    process: 'both',
  },
  notifications_total: {
    kind: 'counter',
    help: 'Notifications by what became of them on a channel: sent, moved (to the next channel), postponed, needless (nobody to tell), dead.',
    labels: ['channel', 'outcome'],
    process: 'worker',
  },
  notification_queue_messages: {
    kind: 'gauge',
    help: 'Notifications that wait for a channel or are on their way.',
    labels: ['channel'],
    process: 'worker',
  },
  notification_queue_oldest_age_seconds: {
    kind: 'gauge',
    help: 'Age of the oldest notification that waits for a channel; 0 when there is none.',
    labels: ['channel'],
    process: 'worker',
  },
  notification_dead_letters: {
    kind: 'gauge',
    help: 'Notifications that no channel could deliver (npm run deadletters).',
    labels: [],
    process: 'worker',
  },
} as const satisfies Record<string, MetricSpec>;

export type MetricName = keyof typeof METRICS;

/** What HAProxy's own exporter gives and our pages use (`proxy` is the backend, `server` an instance). */
export const BALANCER_METRICS: Readonly<Record<string, readonly string[]>> = {
  haproxy_server_http_responses_total: ['proxy', 'server', 'code'],
  haproxy_server_weight: ['proxy', 'server'],
  haproxy_backend_current_queue: ['proxy'],
};

/** What prom-client's default collectors add and our pages use. */
export const RUNTIME_METRICS = [
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
  'process_start_time_seconds',
  'nodejs_eventloop_lag_p99_seconds',
  'nodejs_heap_size_used_bytes',
] as const;
