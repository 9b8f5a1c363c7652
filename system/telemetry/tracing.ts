// Traces of one process: every seam asks for a span; sampled ones go out by OTLP in batches, the others cost next to nothing.
import {
  type Attributes,
  type Span as OtelSpan,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { maskText } from './mask.ts';
import { createExport, type TraceExport, type TraceMetrics } from './trace-export.ts';
import { createIds, readTraceParent, type TraceParent, writeTraceParent } from './trace-parent.ts';

const KINDS = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
} as const;

export interface SpanOptions {
  kind: keyof typeof KINDS;
  attributes?: Attributes;
}

export interface Span {
  /** The W3C value that whoever comes next continues from. */
  readonly traceParent: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
  set(attributes: Attributes): void;
  /** Marks the span as failed and keeps the error, its text masked. */
  fail(error: unknown): void;
  /** A span below this one. What is not sampled gives itself: it costs nothing. */
  child(name: string, options: SpanOptions): Span;
  end(): void;
}

export interface Tracing {
  /**
   * A span that continues `parent` (a `traceparent`; an invalid one is none) or begins a trace. Whether a trace is sampled
   * is decided once, where it begins (`sampleRatio`); whoever continues it follows.
   */
  start(name: string, options: SpanOptions & { parent?: string | null }): Span;
  /** Sends what is left, for 3 s at most. Spans that end later are lost. */
  stop(): Promise<void>;
}

export interface TracingConfig {
  /** Base URL of an OTLP/HTTP receiver, without `/v1/traces`. Without it nothing is sampled; ids are passed on all the same. */
  endpoint?: string;
  /** Share of new traces that are sampled, 0 to 1. */
  sampleRatio: number;
  serviceName: string;
  version: string;
}

/**
 * @param parts.random decides on new traces; `Math.random` unless a test says otherwise
 * @param parts.onError hears when the receiver stops taking spans, once until it takes them again
 */
export function createTracing(
  config: TracingConfig,
  parts: { metrics?: TraceMetrics; random?: () => number; onError?: (error: unknown) => void } = {},
): Tracing {
  const ids = createIds();
  const random = parts.random ?? Math.random;
  const out: TraceExport | null = config.endpoint
    ? createExport({ ...config, endpoint: config.endpoint, ids }, parts)
    : null;
  return {
    start(name, options) {
      const parent = readTraceParent(options.parent);
      const sampled = out !== null && (parent ? parent.sampled : random() < config.sampleRatio);
      return sampled ? record(out.tracer, name, options, parent) : new UnsampledSpan(ids, parent?.traceId);
    },
    stop: async () => out?.stop(),
  };
}

function record(tracer: Tracer, name: string, { kind, attributes }: SpanOptions, parent: TraceParent | null): Span {
  const context = parent
    ? trace.setSpanContext(ROOT_CONTEXT, {
        traceId: parent.traceId,
        spanId: parent.spanId,
        traceFlags: TraceFlags.SAMPLED,
        isRemote: true,
      })
    : ROOT_CONTEXT;
  return new SampledSpan(tracer, tracer.startSpan(name, { kind: KINDS[kind], attributes }, context));
}

class SampledSpan implements Span {
  readonly sampled = true;
  readonly traceId: string;
  readonly spanId: string;
  readonly #tracer: Tracer;
  readonly #span: OtelSpan;

  constructor(tracer: Tracer, span: OtelSpan) {
    this.#tracer = tracer;
    this.#span = span;
    ({ traceId: this.traceId, spanId: this.spanId } = span.spanContext());
  }

  get traceParent(): string {
    return writeTraceParent(this.traceId, this.spanId, true);
  }

  set(attributes: Attributes): void {
    this.#span.setAttributes(attributes);
  }

  fail(error: unknown): void {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    this.#span.recordException({ name, message: maskText(message), stack: maskText(stack ?? '') });
    this.#span.setStatus({ code: SpanStatusCode.ERROR, message: maskText(message) });
  }

  child(name: string, options: SpanOptions): Span {
    return record(this.#tracer, name, options, this);
  }

  end(): void {
    this.#span.end();
  }
}

/** Ids are made when somebody asks for them: most requests never do. */
class UnsampledSpan implements Span {
  readonly sampled = false;
  readonly #ids: (bytes: 8 | 16) => string;
  #traceId: string | undefined;
  #spanId: string | undefined;

  constructor(ids: (bytes: 8 | 16) => string, traceId: string | undefined) {
    this.#ids = ids;
    this.#traceId = traceId;
  }

  get traceId(): string {
    this.#traceId ??= this.#ids(16);
    return this.#traceId;
  }

  get spanId(): string {
    this.#spanId ??= this.#ids(8);
    return this.#spanId;
  }

  get traceParent(): string {
    return writeTraceParent(this.traceId, this.spanId, false);
  }

  set(): void {}

  fail(): void {}

  child(): Span {
    return this;
  }

  end(): void {}
}
