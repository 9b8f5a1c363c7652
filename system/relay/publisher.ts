// The publisher: a consumer of the outbox whose handling is to give events to the broker.
import { startBatchSpans } from '../telemetry/batch-spans.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import type { LaneBatch } from './outbox.ts';
import type { Transport } from './transports/transport.ts';

/** @returns what hands batches to the broker; whoever follows an event continues the span of its publishing */
export function publisher(transport: Transport, tracer: Tracing): (batches: LaneBatch[]) => Promise<void> {
  return async (batches) => {
    const traced = batches.map((batch) => {
      const spans = startBatchSpans(tracer, 'publish', { kind: 'producer' }, batch.events);
      const events = batch.events.map((event, i) => ({ ...event, traceParent: spans.traceParentOf(i) }));
      return { spans, batch: { ...batch, events } };
    });
    try {
      await transport.publish?.(traced.map(({ batch }) => batch));
      for (const { spans } of traced) spans.end();
    } catch (error) {
      for (const { spans } of traced) {
        spans.fail(error);
        spans.end();
      }
      throw error;
    }
  };
}
