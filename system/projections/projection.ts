// What a read model is to the engine of `apply.ts`: which events it follows and what each of them writes into one document.
import type { OutboxEvent } from '../relay/event.ts';

/** Every document carries its tenant and the version of its aggregate: the arbiter of what has been applied. */
export interface Versioned {
  /** The shard key: the fields that questions ask by, joined by `/`, the tenant first and the aggregate last (`read/shard-keys.ts`). */
  _id: string;
  tenantId: string;
  version: number;
}

/** The fields of a document that its projection decides; the engine adds the others. */
export type Fields<Document extends Versioned> = Omit<Document, keyof Versioned>;

/** An aggregate as the write model has it now: what a rebuild reads. */
export interface AggregateState<State = unknown> {
  tenantId: string;
  aggregateId: string;
  version: number;
  state: State;
  /** When version 1 was appended. */
  createdAt: Date;
  /** When the present version was appended. */
  updatedAt: Date;
}

export interface Projection<Document extends Versioned, State = unknown> {
  /** Label in the metrics. */
  name: string;
  collection: string;
  aggregateType: string;
  /**
   * Pure: the document's `_id`; any event of the aggregate knows it, and it never changes.
   * This, `create` and `change` throw on an event that they cannot understand; it becomes a dead letter.
   */
  id(event: OutboxEvent): string;
  /** Pure: what version 1 makes. */
  create(event: OutboxEvent): Fields<Document>;
  /** Pure: the fields that a later version sets. It needs no document, so the engine reads only versions. */
  change(event: OutboxEvent): Partial<Fields<Document>>;
  /** Pure: the same fields from the present state instead of the events that led to it. */
  fromState(aggregate: AggregateState<State>): Omit<Document, 'tenantId' | 'version'>;
}

// biome-ignore lint/suspicious/noExplicitAny: each projection has a document type of its own.
export type AnyProjection = Projection<any, any>;

/** Names an aggregate, whatever its document is called. */
export function aggregateKey({ tenantId, aggregateId }: { tenantId: string; aggregateId: string }): string {
  return `${tenantId}/${aggregateId}`;
}

/** An event that this projection cannot understand, as an error for its dead letter. */
export function misunderstood({ type, version }: OutboxEvent, document: string): Error {
  return new Error(`${type} as version ${version} of ${document}`);
}

/** The named fields of an event's data, which must be strings. Throws naming the ones that are not. */
export function strings<Name extends string>(event: OutboxEvent, ...names: Name[]): Record<Name, string> {
  const missing = names.filter((name) => typeof event.data[name] !== 'string');
  if (missing.length > 0) throw new Error(`${event.type} without ${missing.join(', ')}`);
  return Object.fromEntries(names.map((name) => [name, event.data[name]])) as Record<Name, string>;
}
