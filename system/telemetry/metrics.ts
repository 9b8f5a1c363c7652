// The registry of names.ts as prom-client objects of one process: `metrics.projectionLagSeconds.observe(...)`; out goes the Prometheus text.
import { performance } from 'node:perf_hooks';
import {
  Counter,
  type CounterConfiguration,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type Metric,
  type OpenMetricsContentType,
  Registry,
} from 'prom-client';
import { type Clock, systemClock } from '../clock.ts';
import { type Exposition, expositionFor } from './exposition.ts';
import { METRICS, type MetricName } from './names.ts';
import { TracedHistogram } from './traced-histogram.ts';

export type Role = 'api' | 'worker';

export interface Build {
  version: string;
  commit: string;
}

type CamelCase<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : S;
type Label<N extends MetricName> = (typeof METRICS)[N]['labels'][number];
type Instrument<N extends MetricName> = (typeof METRICS)[N]['kind'] extends 'counter'
  ? Counter<Label<N>>
  : (typeof METRICS)[N]['kind'] extends 'gauge'
    ? Gauge<Label<N>>
    : (typeof METRICS)[N] extends { exemplars: true }
      ? TracedHistogram<Label<N>>
      : Histogram<Label<N>>;

type Instruments = { [N in MetricName as CamelCase<N>]: Instrument<N> };

export interface Metrics extends Instruments {
  /** Called before every exposition: the place to set gauges that are read rather than counted, such as pool sizes. */
  onExpose(collect: () => void): void;
  /** @param accept the header of who asks: exemplars are only in the OpenMetrics format, which Prometheus prefers */
  expose(accept?: string): Promise<Exposition>;
}

const PROJECTION_NAMES = ['member-card', 'class-card', 'class-roster', 'attendance-sheet', 'payment'] as const;

/** The use cases that change something. */
export const COMMANDS = [
  'enrolMember',
  'renameMember',
  'createClass',
  'updateClass',
  'enrolStudent',
  'withdrawStudent',
  'requestAttendance',
  'confirmAttendance',
  'checkIn',
  'recordPayment',
  'refundPayment',
] as const;

/** Label values known beforehand: they start at 0, so that panels are not empty and `rate()` sees the first error. */
const KNOWN: Partial<Record<MetricName, Record<string, readonly string[]>>> = {
  ams_commands_total: {
    command: COMMANDS,
    outcome: ['accepted', 'replayed', 'rejected', 'failed'],
  },
  projection_events_total: {
    projection: PROJECTION_NAMES,
    outcome: ['applied', 'duplicate', 'parked', 'dead', 'retried'],
  },
  projection_lag_seconds: { projection: PROJECTION_NAMES },
  dead_letters: { projection: PROJECTION_NAMES },
  dead_letter_oldest_age_seconds: { projection: PROJECTION_NAMES },
  parked_events: { projection: PROJECTION_NAMES },
  statistic_buckets_counted_total: { kind: ['attendance', 'payment'] },
  relay_events_total: {
    group: ['read-models', 'notifications', 'publisher'],
    outcome: ['handled', 'retried', 'buried', 'duplicate', 'refilled'],
  },
  broker_messages_total: { operation: ['published', 'publish_failed', 'received', 'redelivered'] },
  replica_reads_total: { source: ['replica', 'primary'], reason: ['ok', 'away', 'behind', 'missing'] },
  maintenance_runs_total: { task: ['outbox_ahead', 'outbox_drop', 'answers'], outcome: ['done', 'failed'] },
  pg_pool_connections: { state: ['total', 'idle', 'waiting'] },
  mongodb_pool_connections: { state: ['total', 'in_use', 'waiting'] },
  cache_requests_total: { outcome: ['hit', 'miss', 'stale', 'error'] },
  cache_first_tier_requests_total: { outcome: ['hit', 'miss', 'bypassed'] },
  cache_invalidations_total: { outcome: ['sent', 'owed', 'heard', 'flushed'] },
  cache_fallback_loads: { state: ['running', 'waiting'] },
  redis_breaker_state: { state: ['closed', 'half_open', 'open'] },
  redis_requests_total: { outcome: ['answered', 'failed', 'refused'] },
  redis_memory_bytes: { kind: ['used', 'max'] },
  rate_limit_decisions_total: {
    kind: ['general', 'signIn', 'verification'],
    outcome: ['allowed', 'refused'],
    counted: ['redis', 'process'],
  },
  idempotency_recalls_total: { outcome: ['hit', 'miss', 'error', 'unasked'] },
  read_your_writes_total: { outcome: ['fresh', 'waited', 'stale'] },
  process_warm_up_seconds: { stage: ['ready', 'thousand_requests'] },
  trace_spans_total: { outcome: ['exported', 'failed', 'dropped'] },
  postgresql_transactions_total: { outcome: ['commit', 'rollback'] },
  postgresql_blocks_total: { source: ['hit', 'read'] },
  postgresql_connections: { state: ['active', 'idle', 'idle_in_transaction', 'other', 'limit'] },
  mongodb_connections: { state: ['current', 'active', 'available'] },
  database_watch_failures_total: { database: ['postgresql', 'mongodb'] },
  web_collect_total: { outcome: ['accepted', 'invalid', 'too_large', 'limited', 'forbidden'] },
  outbound_breaker_state: {
    target: ['kakao', 'sms', 'push', 'phone_verification'],
    state: ['closed', 'half_open', 'open'],
  },
  notifications_total: {
    channel: ['kakao', 'sms', 'push'],
    outcome: ['sent', 'moved', 'postponed', 'needless', 'dead'],
  },
  notification_queue_messages: { channel: ['kakao', 'sms', 'push'] },
  notification_queue_oldest_age_seconds: { channel: ['kakao', 'sms', 'push'] },
};

/**
 * Builds the metrics of one process. Names that belong to the other process exist as objects, so that shared code needs
 * no question mark, but are not exposed.
 * @param config.TELEMETRY `off`: nothing is counted, for measuring what counting costs
 */
export function createMetrics(
  role: Role,
  build: Build,
  config: { TELEMETRY?: 'on' | 'off' } = {},
  clock: Clock = systemClock,
): Metrics {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const off = config.TELEMETRY === 'off';
  if (!off) collectDefaultMetrics({ register: registry });
  const instruments: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(METRICS)) {
    const options = { name, help: spec.help, labelNames: [...spec.labels] as string[], registers: [] };
    const instrument =
      spec.kind === 'counter'
        ? newCounter(options)
        : spec.kind === 'gauge'
          ? new Gauge(options)
          : 'exemplars' in spec
            ? new TracedHistogram({ ...options, buckets: spec.buckets }, () => clock.now().getTime())
            : new Histogram({ ...options, buckets: [...spec.buckets] });
    for (const labels of combinations(KNOWN[name as MetricName] ?? {})) startAtZero(instrument, labels);
    if (spec.process === 'both' || spec.process === role) registry.registerMetric(instrument as Metric);
    instruments[camelCase(name)] = off ? Object.assign(instrument, SILENCE) : instrument;
  }
  const collectors: (() => void)[] = [];
  const metrics = Object.assign(instruments as Instruments, {
    onExpose: (collect: () => void) => void collectors.push(collect),
    async expose(accept?: string) {
      for (const collect of collectors) collect();
      return expositionFor(accept, await registry.metrics());
    },
  });
  metrics.amsBuildInfo.set({ ...build, role }, 1);
  let activeMs = 0;
  metrics.onExpose(() => {
    const { active } = performance.eventLoopUtilization();
    metrics.nodejsEventloopActiveSecondsTotal.inc(Math.max(0, active - activeMs) / 1000);
    activeMs = active;
  });
  return metrics;
}

const SILENCE = {
  inc() {},
  dec() {},
  set() {},
  observe() {},
  labels: () => SILENCE,
  of: () => SILENCE,
};

/** prom-client looks labels up at every increment; here `labels()` does so once, and what it counts is added when somebody asks. */
function newCounter(options: CounterConfiguration<string>): Counter {
  const children = new Map<string, { values: string[]; counted: number; inc(by?: number): void }>();
  const counter: Counter = new Counter({
    ...options,
    collect() {
      for (const child of children.values()) {
        if (child.counted > 0) add(...child.values).inc(child.counted);
        child.counted = 0;
      }
    },
  });
  const add = counter.labels.bind(counter) as (...values: string[]) => { inc(by: number): void };
  const labels = (...values: string[]) => {
    const key = JSON.stringify(values);
    const known = children.get(key);
    if (known) return known;
    const child = {
      values,
      counted: 0,
      inc(by = 1) {
        child.counted += by;
      },
    };
    children.set(key, child);
    return child;
  };
  return Object.assign(counter, { labels });
}

function startAtZero(instrument: Counter | Gauge | Histogram | TracedHistogram, labels: Record<string, string>): void {
  if (Object.keys(labels).length === 0) return; // metrics without labels start at 0 by themselves
  if (instrument instanceof TracedHistogram) instrument.of(labels);
  else if (instrument instanceof Histogram) instrument.zero(labels);
  else if (instrument instanceof Counter) instrument.inc(labels, 0);
  else instrument.set(labels, 0);
}

/** Every combination of the known values: `{a: [1, 2], b: [3]}` gives `{a: 1, b: 3}` and `{a: 2, b: 3}`. */
function combinations(known: Record<string, readonly string[]>): Record<string, string>[] {
  return Object.entries(known).reduce<Record<string, string>[]>(
    (made, [label, values]) => made.flatMap((labels) => values.map((value) => ({ ...labels, [label]: value }))),
    [{}],
  );
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
