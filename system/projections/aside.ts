// What a projection could not apply yet: parked events (their predecessor is missing) and dead letters (they cannot be applied).
// Both are kept in MongoDB beside the read models, so that a restart finds them.
import type { Db } from 'mongodb';
import type { OutboxEvent } from '../relay/event.ts';
import { documentId } from './projection.ts';

interface Kept {
  /** `<projection>/<tenant>/<aggregate>/<version>` */
  _id: string;
  projection: string;
  documentId: string;
  event: OutboxEvent;
}

export interface ParkedEvent extends Kept {
  parkedAt: Date;
}

export interface DeadLetter extends Kept {
  /** Message of what the projection threw last. */
  reason: string;
  /** How often it has been tried. */
  attempts: number;
  firstAt: Date;
  lastAt: Date;
}

export interface Aside {
  /** Parked events of these documents. */
  parked(documentIds: string[]): Promise<OutboxEvent[]>;
  park(events: OutboxEvent[], now: Date): Promise<void>;
  unpark(events: OutboxEvent[]): Promise<void>;
  bury(dead: { event: OutboxEvent; reason: string }[], now: Date): Promise<void>;
}

export function createAside(db: Db, projection: string): Aside {
  const parkedEvents = db.collection<ParkedEvent>('parked', { writeConcern: { w: 1, journal: true } });
  const deadLetters = db.collection<DeadLetter>('dead_letter', { writeConcern: { w: 1, journal: true } });
  const idOf = (event: OutboxEvent) => `${projection}/${documentId(event)}/${event.version}`;
  return {
    async parked(documentIds) {
      const kept = await parkedEvents.find({ projection, documentId: { $in: documentIds } }).toArray();
      return kept.map(({ event }) => event);
    },
    async park(events, parkedAt) {
      if (events.length === 0) return;
      await parkedEvents.bulkWrite(
        events.map((event) => ({
          updateOne: {
            filter: { _id: idOf(event) },
            update: { $setOnInsert: { projection, documentId: documentId(event), event, parkedAt } },
            upsert: true,
          },
        })),
        { ordered: false },
      );
    },
    async unpark(events) {
      if (events.length > 0) await parkedEvents.deleteMany({ _id: { $in: events.map(idOf) } });
    },
    async bury(dead, now) {
      if (dead.length === 0) return;
      await deadLetters.bulkWrite(
        dead.map(({ event, reason }) => ({
          updateOne: {
            filter: { _id: idOf(event) },
            update: {
              $setOnInsert: { projection, documentId: documentId(event), event, firstAt: now },
              $set: { reason, lastAt: now },
              $inc: { attempts: 1 },
            },
            upsert: true,
          },
        })),
        { ordered: false },
      );
    },
  };
}
