// The batch engine: events in, documents of the read models out. Per projection and batch it reads the documents and what is parked
// for them, at once, writes the documents, and seldom something aside. Safe to repeat, and safe against a second process that applies the same events.
import { type Collection, type Db, type Filter, MongoBulkWriteError, type OptionalUnlessRequiredId } from 'mongodb';
import type { Clock } from '../clock.ts';
import type { OutboxEvent } from '../relay/event.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { type Aside, createAside } from './aside.ts';
import { type Folded, fold } from './fold.ts';
import { documentId, type Projection, type Versioned } from './projection.ts';

const DUPLICATE_KEY = 11000;
/** Rounds against a rival who writes the same documents, before the batch is given back to the relay. */
const MOST_ROUNDS = 3;

export interface ProjectorParts {
  db: Db;
  // biome-ignore lint/suspicious/noExplicitAny: each projection has a document type of its own.
  projections: Projection<any>[];
  metrics: Pick<Metrics, 'projectionEventsTotal' | 'projectionLagSeconds'>;
  clock: Clock;
  /** Hears of every event that was set apart because its projection cannot apply it. */
  onDeadLetter(projection: string, event: OutboxEvent, reason: string): void;
}

/**
 * Applies a batch to all projections. Resolves when every document is on MongoDB's disk: only then may the relay forget the events.
 * Rejects when MongoDB does not answer; the whole batch may then come again.
 */
export function createProjector({ db, projections, metrics, clock, onDeadLetter }: ProjectorParts) {
  const engines = projections.map((projection) => ({
    projection,
    documents: db.collection<Versioned>(projection.collection, { writeConcern: { w: 1, journal: true } }),
    aside: createAside(db, projection.name),
  }));

  async function run(engine: (typeof engines)[number], all: OutboxEvent[]): Promise<void> {
    const { name, aggregateType } = engine.projection;
    const events = all.filter((event) => event.aggregateType === aggregateType);
    if (events.length === 0) return;
    const count = (outcome: string, by: number) => metrics.projectionEventsTotal.inc({ projection: name, outcome }, by);
    try {
      const folds = await applyBatch(engine, events, clock);
      const ackedMs = clock.now().getTime();
      for (const { applied, duplicates, early, dead } of folds) {
        count('applied', applied.length);
        count('duplicate', duplicates.length);
        count('parked', early.length);
        count('dead', dead ? 1 : 0);
        if (dead) onDeadLetter(name, dead.event, dead.reason);
        for (const { occurredAt } of applied) {
          // PostgreSQL's clock against ours: the same machine here. Apart, the lag would contain their skew.
          const lagSeconds = Math.max(0, ackedMs - occurredAt.getTime()) / 1000;
          metrics.projectionLagSeconds.observe({ projection: name }, lagSeconds);
        }
      }
    } catch (error) {
      count('retried', events.length);
      throw error;
    }
  }

  return async (events: OutboxEvent[]): Promise<void> => {
    await Promise.all(engines.map((engine) => run(engine, events)));
  };
}

interface Engine {
  projection: Projection<Versioned>;
  documents: Collection<Versioned>;
  aside: Aside;
}

async function applyBatch(engine: Engine, incoming: OutboxEvent[], clock: Clock): Promise<Folded<Versioned>[]> {
  const { projection, documents, aside } = engine;
  const ids = [...new Set(incoming.map(documentId))];
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    const [stored, parked] = await Promise.all([documents.find({ _id: { $in: ids } }).toArray(), aside.parked(ids)]);
    const before = new Map(stored.map((document) => [document._id, document]));
    // Parked ones first: of an event that is parked and comes again, the parked one keeps its place.
    const events = Map.groupBy([...parked, ...incoming], documentId);
    const folds = ids.map((id) => fold(projection, before.get(id) ?? null, events.get(id) ?? []));
    if (await writeDocuments(documents, before, folds)) {
      await setAside(aside, folds, parked, clock.now());
      return folds;
    }
  }
  throw new Error(`${projection.name}: another process keeps writing the same documents`);
}

/**
 * Writes every document that changed, each only over the version it was read with.
 * @returns false when a rival was faster with at least one
 */
async function writeDocuments(
  documents: Collection<Versioned>,
  before: Map<string, Versioned>,
  folds: Folded<Versioned>[],
): Promise<boolean> {
  const writes = folds
    .filter(({ applied }) => applied.length > 0)
    .map(({ document }) => {
      const old = before.get(document!._id);
      if (!old) return { insertOne: { document: document as OptionalUnlessRequiredId<Versioned> } };
      const filter: Filter<Versioned> = { _id: old._id, version: old.version };
      return { replaceOne: { filter, replacement: document! } };
    });
  if (writes.length === 0) return true;
  try {
    const result = await documents.bulkWrite(writes, { ordered: false });
    return result.insertedCount + result.matchedCount === writes.length;
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError)) throw error;
    const failed = [error.writeErrors].flat();
    if (failed.length > 0 && failed.every(({ code }) => code === DUPLICATE_KEY)) return false;
    throw error;
  }
}

async function setAside(aside: Aside, folds: Folded<Versioned>[], parked: OutboxEvent[], now: Date): Promise<void> {
  const waiting = new Set(parked);
  const early = folds.flatMap((folded) => folded.early);
  const dead = folds.flatMap((folded) => folded.dead ?? []);
  await aside.bury(dead, now);
  await aside.park(
    early.filter((event) => !waiting.has(event)),
    now,
  );
  await aside.unpark(parked.filter((event) => !early.includes(event)));
}
