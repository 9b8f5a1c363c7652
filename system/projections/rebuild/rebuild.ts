// Builds a read model anew beside the live one, from the present state of its aggregates, and puts it in the live one's place while
// readers and projections go on. From the state and not from the events: old partitions of the outbox are dropped, and what a
// projection once misunderstood is past.
//
// Why nothing is lost. Every change from moment A, taken before the first aggregate is read, is read again: aggregates with events since
// A are copied once more, round after round, up to a moment taken after the switch. What the live projection wrote into the old
// collection comes from events before that moment, so the last round has it. From the switch on two write into the new collection; both
// write only forward: the projection version n on n-1, the rebuild a state over a lower version.
import { type AnyBulkWriteOperation, type Db, MongoBulkWriteError, type OptionalUnlessRequiredId } from 'mongodb';
import type { Clock } from '../../clock.ts';
import { shardCollection } from '../../read/shard.ts';
import type { DeadLetter, ParkedEvent } from '../aside.ts';
import { DURABLE } from '../durable.ts';
import { INDEXES } from '../indexes.ts';
import type { AggregateState, AnyProjection, Versioned } from '../projection.ts';
import type { Moment, Source } from './source.ts';

/** Rounds of catching up before the switch, at most: each is shorter than the one before unless writes come faster than we copy. */
const MOST_ROUNDS = 20;
/** A round with so few changes is the last one before the switch. */
const FEW = 200;
const DUPLICATE_KEY = 11000;
const AT_ONCE = 500;

export interface RebuildParts {
  db: Db;
  source: Source;
  clock: Clock;
  /** Applies parked events once the new documents are there: the projector. */
  project(events: ParkedEvent['event'][]): Promise<void>;
  tell(text: string): void;
  signal?: AbortSignal;
}

export interface Rebuilt {
  name: string;
  /** Aggregates copied in the first pass, and the versions they had: as many events would have led there. */
  aggregates: number;
  events: number;
  /** Copied again, because they changed meanwhile. */
  caughtUp: number;
  /** Dead letters that the present state has overtaken. */
  settledLetters: number;
  /** First pass with its indexes, without catching up. */
  copySeconds: number;
  seconds: number;
}

/** Rebuilds one read model. On any failure the live one is as it was. */
export async function rebuild(parts: RebuildParts, projection: AnyProjection): Promise<Rebuilt> {
  const { db, source, clock, tell } = parts;
  const { name, collection: live } = projection;
  const beside = `${live}_rebuild`;
  const beganMs = clock.monotonicMs();
  let moment = await source.now();

  await db.dropCollection(beside).catch(() => false);
  await db.createCollection(beside);
  await shardCollection(db, beside);
  const copied = await copyAll(parts, projection, beside);
  await db.collection(beside).createIndexes(INDEXES[live] ?? []);
  const copySeconds = (clock.monotonicMs() - beganMs) / 1000;

  let caughtUp = 0;
  async function round(collection: string): Promise<number> {
    const next = await source.now();
    const changed = await copyChanged(parts, projection, collection, moment, next);
    moment = next;
    caughtUp += changed;
    return changed;
  }
  for (let rounds = 1; rounds <= MOST_ROUNDS; rounds++) {
    const changed = await round(beside);
    tell(`${name}: ${changed} aggregates had changed meanwhile`);
    if (changed <= FEW) break;
  }
  await db.renameCollection(beside, live, { dropTarget: true });
  await round(live);
  const settledLetters = await settleAside(parts, projection);
  const seconds = (clock.monotonicMs() - beganMs) / 1000;
  return { name, ...copied, caughtUp, settledLetters, copySeconds, seconds };
}

async function copyAll({ db, source, tell, signal }: RebuildParts, projection: AnyProjection, into: string) {
  const collection = db.collection<Versioned>(into, DURABLE);
  let [aggregates, events] = [0, 0];
  let writing: Promise<unknown> = Promise.resolve();
  for await (const states of source.pages(projection.aggregateType)) {
    signal?.throwIfAborted();
    await writing;
    const documents = states.map((state) => documentOf(projection, state)) as OptionalUnlessRequiredId<Versioned>[];
    writing = collection.insertMany(documents, { ordered: false });
    writing.catch(() => {});
    aggregates += states.length;
    for (const { version } of states) events += version;
    tell(`${projection.name}: ${aggregates} aggregates`);
  }
  await writing;
  return { aggregates, events };
}

async function copyChanged(
  { db, source, signal }: RebuildParts,
  projection: AnyProjection,
  into: string,
  from: Moment,
  to: Moment,
): Promise<number> {
  const collection = db.collection<Versioned>(into, DURABLE);
  let copied = 0;
  for await (const states of source.changed(projection.aggregateType, from, to)) {
    signal?.throwIfAborted();
    const writes = states.map((state): AnyBulkWriteOperation<Versioned> => {
      const document = documentOf(projection, state);
      // A document that is not there has no version, and no version is below every other.
      const older = { $lt: ['$version', state.version] };
      const update = [{ $replaceWith: { $cond: [older, { $literal: document }, '$$ROOT'] } }];
      return { updateOne: { filter: { _id: document._id }, update, upsert: true } };
    });
    if (writes.length === 0) continue;
    const write = () => collection.bulkWrite(writes, { ordered: false });
    // The projection made the same document at the same time: now it is there and will be compared.
    await write().catch((error) => {
      if (error instanceof MongoBulkWriteError && error.code === DUPLICATE_KEY) return write();
      throw error;
    });
    copied += states.length;
  }
  return copied;
}

function documentOf(projection: AnyProjection, aggregate: AggregateState): Versioned {
  const { _id, ...fields } = projection.fromState(aggregate);
  return { _id, tenantId: aggregate.tenantId, version: aggregate.version, ...fields };
}

/** Dead letters whose version the new documents have passed are settled; what is parked is applied, or was part of the state. */
async function settleAside({ db, source, project }: RebuildParts, projection: AnyProjection): Promise<number> {
  const letters = db.collection<DeadLetter>('dead_letter', DURABLE);
  const documents = db.collection<Versioned>(projection.collection, DURABLE);
  let settled = 0;
  for (const { _id, event } of await letters.find({ projection: projection.name }).toArray()) {
    // By the state: an event that died may not say which document it meant.
    const state = await source.one(projection.aggregateType, event.tenantId, event.aggregateId);
    if (!state) continue;
    const document = await documents.findOne({ _id: projection.fromState(state)._id }, { projection: { version: 1 } });
    if ((document?.version ?? 0) < event.version) continue;
    await letters.deleteOne({ _id });
    settled++;
  }
  const parked = await db.collection<ParkedEvent>('parked', DURABLE).find({ projection: projection.name }).toArray();
  for (let at = 0; at < parked.length; at += AT_ONCE) {
    await project(parked.slice(at, at + AT_ONCE).map(({ event }) => event));
  }
  return settled;
}
