// A batch of events as spans: one for each event whose trace is sampled, all of them beginning and ending with the batch.

import { isSampled } from './trace-parent.ts';
import type { Span, SpanOptions, Tracing } from './tracing.ts';

export interface BatchSpans {
  /** The trace parent that whoever comes after this step continues, for the event at `index` of the batch. */
  traceParentOf(index: number): string | null;
  fail(error: unknown): void;
  end(): void;
}

interface TracedEvent {
  /** Tenant, aggregate and version. */
  id: string;
  type: string;
  traceParent: string | null;
}

/**
 * Costs one look at each event when none is sampled.
 * @param name what is done with the events, such as `publish`, `consume` or `project member-card`
 */
export function startBatchSpans(
  tracing: Tracing,
  name: string,
  options: SpanOptions,
  events: readonly TracedEvent[],
): BatchSpans {
  const spans = new Map<number, Span>();
  events.forEach((event, index) => {
    if (isSampled(event.traceParent)) spans.set(index, startEventSpan(tracing, name, options, event, events.length));
  });
  return {
    traceParentOf: (index) => spans.get(index)?.traceParent ?? events[index]!.traceParent,
    fail: (error) => spans.forEach((span) => void span.fail(error)),
    end: () => spans.forEach((span) => void span.end()),
  };
}

function startEventSpan(tracing: Tracing, name: string, options: SpanOptions, event: TracedEvent, batch: number): Span {
  return tracing.start(name, {
    kind: options.kind,
    parent: event.traceParent,
    attributes: {
      ...options.attributes,
      'ams.event.id': event.id,
      'ams.event.type': event.type,
      'messaging.batch.message_count': batch,
    },
  });
}
