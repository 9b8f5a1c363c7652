// The rule of order, pure: version n is applied only on n-1. What comes early waits, what comes twice is counted, an event
// that cannot be applied is set apart, and what follows it waits.
import type { OutboxEvent } from '../relay/event.ts';
import type { Fields, Projection, Versioned } from './projection.ts';

export interface Folded<Document extends Versioned> {
  /** Version of the document that the events met; 0 when there was none. */
  from: number;
  /** Version after what could be applied. */
  version: number;
  /** What is to be written: the fields of a new document, or those that change. */
  fields: Partial<Fields<Document>>;
  applied: OutboxEvent[];
  duplicates: OutboxEvent[];
  /** Came before their predecessor, or behind a dead one. */
  early: OutboxEvent[];
  /** The next version, which the projection threw on. */
  dead: { event: OutboxEvent; reason: string } | null;
}

/**
 * Folds events of one aggregate into what must be written.
 * @param from version of the document as stored, 0 when there is none
 * @param events of this aggregate only, in the order of their versions, parked ones included; of two with the same version the first counts
 */
export function fold<Document extends Versioned>(
  projection: Pick<Projection<Document>, 'create' | 'change'>,
  from: number,
  events: OutboxEvent[],
): Folded<Document> {
  const folded: Folded<Document> = {
    from,
    version: from,
    fields: {},
    applied: [],
    duplicates: [],
    early: [],
    dead: null,
  };
  let seen = 0;
  for (const event of events) {
    if (event.version <= folded.version || event.version === seen) folded.duplicates.push(event);
    else if (event.version > folded.version + 1 || folded.dead) folded.early.push(event);
    else {
      try {
        const fields = event.version === 1 ? projection.create(event) : projection.change(event);
        folded.fields = folded.applied.length === 0 ? fields : { ...folded.fields, ...fields };
        folded.version = event.version;
        folded.applied.push(event);
      } catch (error) {
        folded.dead = { event, reason: reasonOf(error) };
      }
    }
    seen = event.version;
  }
  return folded;
}

/** Why an event cannot be applied, for its dead letter. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
