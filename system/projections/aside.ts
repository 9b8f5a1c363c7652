// What a projection could not apply yet: parked events (their predecessor is missing) and dead letters (they cannot be applied).
// Both are kept in MongoDB beside the read models, so that a restart finds them.
import type { Db } from 'mongodb';
import type { OutboxEvent } from '../relay/event.ts';
import { DURABLE } from './durable.ts';
import { aggregateKey } from './projection.ts';

interface Kept {
  /** `<projection>/<tenant>/<aggregate>/<version>` */
  _id: string;
  projection: string;
  /** `<tenant>/<aggregate>` */
  aggregate: string;
  event: OutboxEvent;
}

export interface ParkedEvent extends Kept {
  parkedAt: Date;
}

export interface DeadLetter extends Kept {
  /** Message of the last failure. */
  reason: string;
  /** How often applying it was begun. */
  startedAttempts: number;
  /** How often that came to an end, a failure. Fewer than started: the process died on it. */
  finishedAttempts: number;
  firstAt: Date;
  lastAt: Date;
}

export interface Dead {
  event: OutboxEvent;
  reason: string;
  /** Attempts to add to those that are known; one each when left out. */
  startedAttempts?: number;
  finishedAttempts?: number;
}

export interface Aside {
  /** One small question instead of a long one: nearly always nothing waits. */
  anyParked(): Promise<boolean>;
  /** Parked events of these aggregates (`<tenant>/<aggregate>`). */
  parked(aggregates: string[]): Promise<OutboxEvent[]>;
  parkedSince(since: Date): Promise<OutboxEvent[]>;
  park(events: OutboxEvent[], now: Date): Promise<void>;
  unpark(events: OutboxEvent[]): Promise<void>;
  bury(dead: Dead[], now: Date): Promise<void>;
}

export function createAside(db: Db, projection: string): Aside {
  const parkedEvents = db.collection<ParkedEvent>('parked', DURABLE);
  const deadLetters = db.collection<DeadLetter>('dead_letter', DURABLE);
  const idOf = (event: OutboxEvent) => `${projection}/${aggregateKey(event)}/${event.version}`;
  return {
    async anyParked() {
      return (await parkedEvents.findOne({ projection }, { projection: { _id: 1 } })) !== null;
    },
    async parked(aggregates) {
      const kept = await parkedEvents.find({ projection, aggregate: { $in: aggregates } }).toArray();
      return kept.map(({ event }) => event);
    },
    async parkedSince(since) {
      const kept = await parkedEvents.find({ projection, parkedAt: { $gte: since } }).toArray();
      return kept.map(({ event }) => event);
    },
    async park(events, parkedAt) {
      if (events.length === 0) return;
      await parkedEvents.bulkWrite(
        events.map((event) => ({
          updateOne: {
            filter: { _id: idOf(event) },
            update: { $setOnInsert: { projection, aggregate: aggregateKey(event), event, parkedAt } },
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
        dead.map(({ event, reason, startedAttempts = 1, finishedAttempts = 1 }) => ({
          updateOne: {
            filter: { _id: idOf(event) },
            update: {
              $setOnInsert: { projection, aggregate: aggregateKey(event), event, firstAt: now },
              $set: { reason, lastAt: now },
              $inc: { startedAttempts, finishedAttempts },
            },
            upsert: true,
          },
        })),
        { ordered: false },
      );
    },
  };
}
