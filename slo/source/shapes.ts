// The shapes of a source of figures: PromQL in, series out. No code.

export interface MetricMetadata {
  type: string;
  unit: string;
}

export interface Series {
  labels: Record<string, string>;
  samples: [seconds: number, value: number][];
}

export interface Span {
  fromSeconds: number;
  /** Included when it is a whole number of steps after `fromSeconds`. */
  toSeconds: number;
  stepSeconds: number;
}

export interface QueryOptions {
  /** A figure must not be made of NaN: `refuse` (the default) fails and names the query; `leave-out` drops those samples, for panels. */
  nan?: 'refuse' | 'leave-out';
}

export interface Source {
  /** `http://…` or the file's name. */
  what: string;
  /** First and last sample of a recorded file; undefined for a Prometheus, which still grows. */
  extent?: { fromSeconds: number; toSeconds: number };
  /** Each series has one sample, or, when the query is a range selector such as `up[5m]`, its raw ones. */
  instant(query: string, atSeconds: number, options?: QueryOptions): Promise<Series[]>;
  /** Split into several requests when a Prometheus would refuse so many points in one. */
  range(query: string, span: Span, options?: QueryOptions): Promise<Series[]>;
  /** Kind and unit of metrics as their exporters say; a recorded file gives its `# TYPE` and `# UNIT` lines. */
  metadata(): Promise<Map<string, MetricMetadata>>;
  /** A path below `/api/v1` of the Prometheus, its `data`: for what no query can tell, such as targets. */
  api(path: string, parameters?: Record<string, string>): Promise<unknown>;
  /** Ends what was started for it; a Prometheus that somebody else started goes on. */
  stop(): Promise<void>;
}
