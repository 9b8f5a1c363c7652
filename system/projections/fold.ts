// The rule of order, pure: version n is applied only on n-1. What comes early waits, what comes twice is counted, an event
// that cannot be applied is set apart, and what follows it waits.
import type { OutboxEvent } from '../relay/event.ts';
import type { Projection, Versioned } from './projection.ts';

export interface Folded<Document> {
  document: Document | null;
  applied: OutboxEvent[];
  duplicates: OutboxEvent[];
  /** Came before their predecessor, or behind a dead one. */
  early: OutboxEvent[];
  /** The next version, which `apply` threw on. */
  dead: { event: OutboxEvent; reason: string } | null;
}

/**
 * Folds events of one aggregate into its document.
 * @param document as stored, `null` when there is none
 * @param events of this aggregate only, in any order, parked ones included; of two with the same version the first counts
 */
export function fold<Document extends Versioned>(
  projection: Projection<Document>,
  document: Document | null,
  events: OutboxEvent[],
): Folded<Document> {
  const folded: Folded<Document> = { document, applied: [], duplicates: [], early: [], dead: null };
  let seen = 0;
  for (const event of events.toSorted((a, b) => a.version - b.version)) {
    const version = folded.document?.version ?? 0;
    if (event.version <= version || event.version === seen) folded.duplicates.push(event);
    else if (event.version > version + 1 || folded.dead) folded.early.push(event);
    else {
      try {
        folded.document = projection.apply(folded.document, event);
        folded.applied.push(event);
      } catch (error) {
        folded.dead = { event, reason: error instanceof Error ? error.message : String(error) };
      }
    }
    seen = event.version;
  }
  return folded;
}
