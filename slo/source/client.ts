// The query API of a Prometheus over HTTP. PromQL in, series out, or a Failure that names the query.
import { failures } from './failures.ts';
import type { MetricMetadata, QueryOptions, Series, Source, Span } from './shapes.ts';

/** Prometheus refuses more points than 11,000 of one series. */
const MAX_POINTS = 10_000;
const TIMEOUT_MS = 120_000;

interface Answer {
  status: 'success' | 'error';
  error?: string;
  data: unknown;
}
interface RawSeries {
  metric: Record<string, string>;
  value?: [number, string];
  values?: [number, string][];
}

export type Client = Omit<Source, 'what' | 'stop' | 'extent'> & {
  /** Throws `source.empty` when nothing was ever stored. */
  requireSeries(): Promise<void>;
};

/** @param what the source's name in messages @param url of the server, without a slash at its end */
export function clientOf(what: string, url: string, signal: AbortSignal): Client {
  /** @param query what a refusal is about; without one every refusal means that this is no Prometheus. */
  async function ask(path: string, parameters: Record<string, string>, query?: string): Promise<unknown> {
    let answer: Answer;
    let status: number;
    try {
      // A POST, because a query may be longer than a URL may be.
      const isQuery = query !== undefined;
      const words = new URLSearchParams(parameters);
      const response = await fetch(`${url}/api/v1/${path}${isQuery || words.size === 0 ? '' : `?${words}`}`, {
        ...(isQuery && { method: 'POST', body: words }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      status = response.status;
      const text = await response.text();
      answer = JSON.parse(text) as Answer;
    } catch (error) {
      signal.throwIfAborted();
      throw failures.unreachable(what, whyOf(error));
    }
    if (answer.status === 'success') return answer.data;
    const why = answer.error ?? `it answered ${status}`;
    throw query === undefined || answer.status !== 'error'
      ? failures.unreachable(what, why)
      : failures.refused(what, query, why);
  }

  async function series(path: string, parameters: Record<string, string>, query: string, options?: QueryOptions) {
    const data = (await ask(path, { query, ...parameters }, query)) as { resultType: string; result: unknown };
    return toSeries(data, (labels) => {
      if (options?.nan !== 'leave-out') throw failures.notANumber(what, query, labels);
    });
  }

  return {
    instant: (query, atSeconds, options) => series('query', { time: String(atSeconds) }, query, options),
    async range(query, span, options) {
      const parts: Series[][] = [];
      for (const { fromSeconds, toSeconds, stepSeconds } of pieces(span)) {
        const window = { start: String(fromSeconds), end: String(toSeconds), step: String(stepSeconds) };
        parts.push(await series('query_range', window, query, options));
      }
      return joined(parts);
    },
    async metadata() {
      const data = (await ask('metadata', {})) as Record<string, MetricMetadata[]>;
      return new Map(
        Object.entries(data).flatMap(([name, [first]]) =>
          first ? [[name, { type: first.type, unit: first.unit }]] : [],
        ),
      );
    },
    api: (path, parameters = {}) => ask(path, parameters),
    async requireSeries() {
      const names = (await ask('label/__name__/values', {})) as string[];
      if (names.length === 0) throw failures.empty(what);
    },
  };
}

function toSeries(data: { resultType: string; result: unknown }, onNaN: (labels: string) => void): Series[] {
  const all: RawSeries[] =
    data.resultType === 'scalar' || data.resultType === 'string'
      ? [{ metric: {}, value: data.result as [number, string] }]
      : (data.result as RawSeries[]);
  return all.flatMap(({ metric, value, values }) => {
    const samples: Series['samples'] = [];
    for (const [seconds, text] of values ?? (value ? [value] : [])) {
      const number = toNumber(text);
      if (Number.isNaN(number)) onNaN(labelsText(metric));
      else samples.push([seconds, number]);
    }
    return samples.length > 0 ? [{ labels: metric, samples }] : [];
  });
}

/** Prometheus writes `+Inf`, `-Inf` and `NaN`. */
function toNumber(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  return Number(text);
}

export const labelsText = ({ __name__: name = '', ...labels }: Record<string, string>) => {
  const inner = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return inner.length > 0 ? `${name}{${inner.join(',')}}` : name;
};

/** Spans of at most MAX_POINTS points, one step apart from each other. */
function pieces({ fromSeconds, toSeconds, stepSeconds }: Span): Span[] {
  const parts: Span[] = [];
  for (let from = fromSeconds; from <= toSeconds; from += MAX_POINTS * stepSeconds) {
    parts.push({
      fromSeconds: from,
      toSeconds: Math.min(toSeconds, from + (MAX_POINTS - 1) * stepSeconds),
      stepSeconds,
    });
  }
  return parts;
}

function joined(parts: Series[][]): Series[] {
  if (parts.length === 1) return parts[0]!;
  const byLabels = new Map<string, Series>();
  for (const { labels, samples } of parts.flat()) {
    const key = JSON.stringify(Object.entries(labels).sort());
    const known = byLabels.get(key);
    if (known) for (const sample of samples) known.samples.push(sample);
    else byLabels.set(key, { labels, samples: [...samples] });
  }
  return [...byLabels.values()];
}

function whyOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'its answer is no JSON';
  const { message, cause } = error as Error & { cause?: Error & { code?: string } };
  return cause?.code ?? cause?.message ?? message;
}
