// The registry of names.ts as prom-client objects of one process: `metrics.projectionLagSeconds.observe(...)`; out goes the Prometheus text.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { METRICS, type MetricName } from './names.ts';

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
    : Histogram<Label<N>>;
type Instruments = { [N in MetricName as CamelCase<N>]: Instrument<N> };

export interface Metrics extends Instruments {
  /** Called before every exposition: the place to set gauges that are read rather than counted, such as pool sizes. */
  onExpose(collect: () => void): void;
  expose(): Promise<{ contentType: string; body: string }>;
}

/** Label values known beforehand: they start at 0, so that panels are not empty and `rate()` sees the first error. */
const KNOWN: Partial<Record<MetricName, Record<string, readonly string[]>>> = {
  ams_commands_total: {
    command: ['enrolMember', 'renameMember', 'requestAttendance', 'confirmAttendance'],
    outcome: ['accepted', 'replayed', 'rejected', 'failed'],
  },
  projection_events_total: {
    projection: ['member-card', 'attendance-sheet'],
    outcome: ['applied', 'duplicate', 'parked', 'dead', 'retried'],
  },
  projection_lag_seconds: { projection: ['member-card', 'attendance-sheet'] },
  pg_pool_connections: { state: ['total', 'idle', 'waiting'] },
  mongodb_pool_connections: { state: ['total', 'in_use', 'waiting'] },
  cache_requests_total: { outcome: ['hit', 'miss', 'stale', 'error'] },
  read_your_writes_total: { outcome: ['fresh', 'waited', 'stale'] },
};

/**
 * Builds the metrics of one process. Names that belong to the other process exist as objects, so that shared code needs
 * no question mark, but are not exposed.
 */
export function createMetrics(role: Role, build: Build): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const instruments: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(METRICS)) {
    const registers = spec.process === 'both' || spec.process === role ? [registry] : [];
    const options = { name, help: spec.help, labelNames: [...spec.labels] as string[], registers };
    const instrument =
      spec.kind === 'counter'
        ? new Counter(options)
        : spec.kind === 'gauge'
          ? new Gauge(options)
          : new Histogram({ ...options, buckets: [...spec.buckets] });
    for (const labels of combinations(KNOWN[name as MetricName] ?? {})) startAtZero(instrument, labels);
    instruments[camelCase(name)] = instrument;
  }
  const collectors: (() => void)[] = [];
  const metrics = Object.assign(instruments as Instruments, {
    onExpose: (collect: () => void) => void collectors.push(collect),
    async expose() {
      for (const collect of collectors) collect();
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  });
  metrics.amsBuildInfo.set({ ...build, role }, 1);
  return metrics;
}

function startAtZero(instrument: Counter | Gauge | Histogram, labels: Record<string, string>): void {
  if (Object.keys(labels).length === 0) return; // prom-client starts metrics without labels at 0 by itself
  if (instrument instanceof Histogram) instrument.zero(labels);
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
