// What a read model is to the engine of `apply.ts`: which events it follows and how one event changes one document.
import type { OutboxEvent } from '../relay/event.ts';

/** Every document carries the version of its aggregate: the arbiter of what has been applied. */
export interface Versioned {
  /** `<tenant>/<aggregate>` */
  _id: string;
  version: number;
}

export interface Projection<Document extends Versioned> {
  /** Label in the metrics. */
  name: string;
  collection: string;
  aggregateType: string;
  /**
   * Pure: the document (`null`: none yet) after an event whose version is the next one. Throws on an event that it cannot
   * understand; that event becomes a dead letter.
   */
  apply(document: Document | null, event: OutboxEvent): Document;
}

export function documentId(event: OutboxEvent): string {
  return `${event.tenantId}/${event.aggregateId}`;
}
