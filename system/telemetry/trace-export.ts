// The way out of sampled spans: a bounded queue, batches, OTLP over HTTP with protobuf. Configuration in, a tracer out.
import type { Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from '@opentelemetry/semantic-conventions';
import type { Metrics } from './metrics.ts';

export type TraceMetrics = Pick<Metrics, 'traceSpansTotal'>;

export interface TraceExport {
  tracer: Tracer;
  stop(): Promise<void>;
}

/** Spans that may wait for the receiver; what comes on top is dropped and counted. */
const MOST_WAITING = 4096;
const BATCH = 512;
const BATCH_EVERY_MS = 5000;
/** For one batch with its retries, and so for the last one when the process stops. */
const EXPORT_MS = 3000;
/** An error's stack is the longest text that we send. */
const LONGEST_ATTRIBUTE = 4096;

export function createExport(
  config: { endpoint: string; serviceName: string; version: string; ids: (bytes: 8 | 16) => string },
  { metrics, onError }: { metrics?: TraceMetrics; onError?: (error: unknown) => void },
): TraceExport {
  const count = (outcome: string, spans: number) => metrics?.traceSpansTotal.inc({ outcome }, spans);
  let waiting = 0;
  let failing = false;
  const otlp = new OTLPTraceExporter({
    url: `${config.endpoint.replace(/\/$/, '')}/v1/traces`,
    timeoutMillis: EXPORT_MS,
  });
  const exporter: SpanExporter = {
    export(spans, done) {
      waiting -= spans.length;
      otlp.export(spans, (result) => {
        const failed = result.error !== undefined;
        count(failed ? 'failed' : 'exported', spans.length);
        if (failed && !failing) onError?.(result.error);
        failing = failed;
        // Told as done either way: it is counted, and the SDK would only say it again.
        done({ code: 0 });
      });
    },
    shutdown: () => otlp.shutdown(),
  };
  const batches = new BatchSpanProcessor(exporter, {
    maxQueueSize: MOST_WAITING,
    maxExportBatchSize: BATCH,
    scheduledDelayMillis: BATCH_EVERY_MS,
    exportTimeoutMillis: 2 * EXPORT_MS,
  });
  const bounded: SpanProcessor = {
    onStart: () => {},
    onEnd(span: ReadableSpan) {
      if (waiting >= MOST_WAITING) return void count('dropped', 1);
      waiting++;
      batches.onEnd(span);
    },
    forceFlush: () => batches.forceFlush(),
    shutdown: () => batches.shutdown(),
  };
  const provider = new BasicTracerProvider({
    // Sampling was decided before a span comes here.
    sampler: new AlwaysOnSampler(),
    idGenerator: { generateTraceId: () => config.ids(16), generateSpanId: () => config.ids(8) },
    resource: resourceFromAttributes({
      [ATTR_SERVICE_NAME]: config.serviceName,
      [ATTR_SERVICE_VERSION]: config.version,
    }),
    spanLimits: { attributeValueLengthLimit: LONGEST_ATTRIBUTE, attributeCountLimit: 64, eventCountLimit: 16 },
    spanProcessors: [bounded],
  });
  return {
    tracer: provider.getTracer('ams'),
    stop: () => provider.shutdown(),
  };
}
