// A histogram for what happens with every request and every event: the labels of a series are looked up once, not at each
// observation, and each bucket remembers the last sampled trace that fell into it (an OpenMetrics exemplar). In: observations. Out: what
// prom-client's registry exposes.
import type { TraceParent } from './trace-parent.ts';

type Labels<L extends string> = Partial<Record<L, string | number>>;

export interface HistogramSeries {
  /**
   * @param span the trace that made this observation; one that is not sampled leaves no exemplar
   * @throws TypeError when the value is not finite: it would make the sum useless for ever
   */
  observe(value: number, span?: TraceParent | null): void;
}

/** As prom-client writes it out. */
interface Exemplar {
  labelSet: { trace_id: string; span_id: string };
  value: number;
  /** Unix time in seconds. */
  timestamp: number;
}

interface Kept<L extends string> extends HistogramSeries {
  readonly labels: Labels<L>;
  readonly sum: number;
  /** Not cumulative; the last one is beyond all bounds. */
  readonly counts: readonly number[];
  readonly exemplars: readonly (Exemplar | undefined)[];
}

export class TracedHistogram<L extends string = string> {
  readonly name: string;
  readonly help: string;
  readonly #labelNames: readonly L[];
  readonly #bounds: readonly number[];
  readonly #nowMs: () => number;
  readonly #series = new Map<string, Kept<L>>();

  /** @param nowMs Unix time of exemplars */
  constructor(
    spec: { name: string; help: string; labelNames: readonly L[]; buckets: readonly number[] },
    nowMs: () => number,
  ) {
    ({ name: this.name, help: this.help, labelNames: this.#labelNames, buckets: this.#bounds } = spec);
    this.#nowMs = nowMs;
    if (this.#labelNames.length === 0) this.of({});
  }

  /** The series of these labels, for callers who observe it often. It exists, at 0, from now on. */
  of(labels: Labels<L>): HistogramSeries {
    const key = JSON.stringify(this.#labelNames.map((name) => labels[name] !== undefined && String(labels[name])));
    let series = this.#series.get(key);
    if (!series) {
      series = newSeries(labels, this.#bounds, this.#nowMs);
      this.#series.set(key, series);
    }
    return series;
  }

  observe(labels: Labels<L>, value: number, span?: TraceParent | null): void {
    this.of(labels).observe(value, span);
  }

  /** What prom-client's registry asks of every metric. */
  async get() {
    const values = [...this.#series.values()].flatMap((series) => this.#exposed(series));
    return { name: this.name, help: this.help, type: 'histogram', aggregator: 'sum', values };
  }

  #exposed({ labels, sum, counts, exemplars }: Kept<L>): object[] {
    let count = 0;
    const buckets = counts.map((inBucket, bucket) => {
      count += inBucket;
      const le = this.#bounds[bucket] ?? '+Inf';
      return {
        metricName: `${this.name}_bucket`,
        labels: { le, ...labels },
        value: count,
        exemplar: exemplars[bucket],
      };
    });
    return [
      ...buckets,
      { metricName: `${this.name}_sum`, labels, value: sum },
      { metricName: `${this.name}_count`, labels, value: count },
    ];
  }
}

function newSeries<L extends string>(labels: Labels<L>, bounds: readonly number[], nowMs: () => number): Kept<L> {
  const counts: number[] = new Array(bounds.length + 1).fill(0);
  const exemplars: (Exemplar | undefined)[] = [];
  let sum = 0;
  return {
    labels,
    counts,
    exemplars,
    get sum() {
      return sum;
    },
    observe(value, span) {
      if (!Number.isFinite(value)) throw new TypeError(`an observation must be finite, not ${value}`);
      let bucket = 0;
      while (bucket < bounds.length && value > bounds[bucket]!) bucket++;
      counts[bucket]!++;
      sum += value;
      if (!span?.sampled) return;
      const labelSet = { trace_id: span.traceId, span_id: span.spanId };
      exemplars[bucket] = { labelSet, value, timestamp: nowMs() / 1000 };
    },
  };
}
