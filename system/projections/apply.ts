// The batch engine: events in, documents of the read models out. It writes on the assumption that every document is where its first
// event begins, reads versions only where a write says otherwise, and then looks whether anything waited. Safe to repeat, and safe
// against a rival process.
import type { Db } from 'mongodb';
import type { Clock } from '../clock.ts';
import type { OutboxEvent } from '../relay/event.ts';
import { startBatchSpans } from '../telemetry/batch-spans.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { isSampled, readTraceParent } from '../telemetry/trace-parent.ts';
import type { HistogramSeries } from '../telemetry/traced-histogram.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import { type Aside, createAside, type Dead } from './aside.ts';
import { createDocuments, type Documents, type Write } from './documents.ts';
import { fold, reasonOf } from './fold.ts';
import type { Parked } from './parked.ts';
import { type AnyProjection, aggregateKey, type Versioned } from './projection.ts';

/** Rounds against a rival who writes the same documents, before the batch is given back to the relay. */
const MOST_ROUNDS = 3;

export interface ProjectorParts {
  db: Db;
  projections: readonly AnyProjection[];
  metrics: Pick<Metrics, 'projectionEventsTotal' | 'projectionLagSeconds'>;
  clock: Clock;
  /** Without it no spans are made. */
  tracer?: Tracing;
  /** Without it MongoDB is asked for parked events behind every batch. Whoever gives it calls `resume` now and then. */
  parked?: Parked;
  /** Hears of every event that was set apart because its projection cannot apply it. */
  onDeadLetter(projection: string, event: OutboxEvent, reason: string): void;
}

interface Engine {
  projection: AnyProjection;
  documents: Documents;
  aside: Aside;
  parked: Parked | undefined;
  lag: HistogramSeries;
}

export interface Projector {
  /**
   * Applies a batch to all projections. Resolves when every document is on the disk of a majority: only then may the relay forget the
   * events. Rejects when MongoDB does not answer; the whole batch may then come again.
   */
  (events: OutboxEvent[]): Promise<void>;
  /** Applies what has been parked since then and whose turn has come: left there when two processes met at one aggregate. */
  resume(parkedSince: Date): Promise<void>;
}

/** What has become of the events of a batch. */
interface Outcome {
  applied: OutboxEvent[];
  duplicates: OutboxEvent[];
  early: OutboxEvent[];
  dead: Dead[];
}

export function createProjector(parts: ProjectorParts): Projector {
  const engines = parts.projections.map(
    (projection): Engine => ({
      projection,
      documents: createDocuments(parts.db, projection.collection),
      aside: createAside(parts.db, projection.name),
      parked: parts.parked,
      lag: parts.metrics.projectionLagSeconds.of({ projection: projection.name }),
    }),
  );
  const project = async (events: OutboxEvent[]) => {
    const ofType = Map.groupBy(events, ({ aggregateType }) => aggregateType);
    await Promise.all(
      engines.map((engine) => {
        const own = ofType.get(engine.projection.aggregateType);
        return own && run(engine, Map.groupBy(own, aggregateKey), new Set(), parts);
      }),
    );
  };
  const resume = async (parkedSince: Date) => {
    await Promise.all(
      engines.map(async (engine) => {
        const groups = await readyOf(engine, await engine.aside.parkedSince(parkedSince));
        if (groups.size > 0) await run(engine, groups, new Set([...groups.values()].flat()), parts);
      }),
    );
  };
  return Object.assign(project, { resume });
}

/** @param waiting those of the events that are parked already */
async function run(
  engine: Engine,
  groups: Map<string, OutboxEvent[]>,
  waiting: Set<OutboxEvent>,
  parts: ProjectorParts,
): Promise<void> {
  const { metrics, clock } = parts;
  const { name } = engine.projection;
  const events = [...groups.values()].flat();
  const count = (outcome: string, by: number) => {
    if (by > 0) metrics.projectionEventsTotal.inc({ projection: name, outcome }, by);
  };
  const spans = parts.tracer && startBatchSpans(parts.tracer, `project ${name}`, { kind: 'consumer' }, events);
  try {
    const { applied, duplicates, early, dead } = await applyBatch(engine, groups, waiting, clock);
    const ackedMs = clock.now().getTime();
    count('applied', applied.length);
    count('duplicate', duplicates.length);
    count('parked', early.length);
    count('dead', dead.length);
    for (const { event, reason } of dead) parts.onDeadLetter(name, event, reason);
    for (const { occurredAt, traceParent } of applied) {
      // PostgreSQL's clock against ours: the same machine here. Apart, the lag would contain their skew.
      const lagSeconds = Math.max(0, ackedMs - occurredAt.getTime()) / 1000;
      const trace = isSampled(traceParent) ? readTraceParent(traceParent) : null;
      engine.lag.observe(lagSeconds, trace);
    }
  } catch (error) {
    count('retried', events.length);
    spans?.fail(error);
    throw error;
  } finally {
    spans?.end();
  }
}

/**
 * The order of two steps keeps events from waiting for ever when two processes meet at one aggregate: who applies looks at what is parked
 * after writing the document, who parks looks at the document after parking. Whoever is second sees the first. Who knows of nothing parked
 * spares the look; what a rival parks in that very moment waits for the next `resume`.
 */
async function applyBatch(
  engine: Engine,
  incoming: Map<string, OutboxEvent[]>,
  parkedAlready: Set<OutboxEvent>,
  clock: Clock,
): Promise<Outcome> {
  const { aside } = engine;
  const total = nothing();
  let groups = incoming;
  let waiting = parkedAlready;
  while (groups.size > 0) {
    const { applied, duplicates, early, dead } = await settle(engine, groups);
    const newcomers = early.filter((event) => !waiting.has(event));
    await aside.bury(dead, clock.now());
    if (newcomers.length > 0) engine.parked?.parking(engine.projection.name);
    await aside.park(newcomers, clock.now());
    if (waiting.size > 0) {
      const stillEarly = new Set(early);
      await aside.unpark([...waiting].filter((event) => !stillEarly.has(event)));
    }
    add(total, { applied, duplicates, early: newcomers, dead });
    groups = await ready(engine, [...applied, ...duplicates, ...early]);
    waiting = new Set([...groups.values()].flat());
  }
  return total;
}

/** The parked events of these aggregates whose turn has come, or has passed, with all that is parked behind them. */
async function ready(engine: Engine, touched: OutboxEvent[]): Promise<Map<string, OutboxEvent[]>> {
  const { projection, aside, parked } = engine;
  if (touched.length === 0 || parked?.mayBe(projection.name) === false) return new Map();
  return (await aside.anyParked()) ? readyOf(engine, touched) : new Map();
}

async function readyOf({ projection, aside, documents }: Engine, touched: OutboxEvent[]) {
  const parked = Map.groupBy(await aside.parked([...new Set(touched.map(aggregateKey))]), aggregateKey);
  const ids = new Map([...parked].map(([key, events]) => [key, projection.id(events[0]!)]));
  const versions = await documents.versions([...ids.values()]);
  return new Map(
    [...parked].filter(([key, events]) =>
      events.some(({ version }) => version <= (versions.get(ids.get(key)!) ?? 0) + 1),
    ),
  );
}

/** Folds and writes until every event is applied, known to be a duplicate, early or dead. */
async function settle({ projection, documents }: Engine, groups: Map<string, OutboxEvent[]>): Promise<Outcome> {
  const outcome = nothing();
  let writes: Work[] = [];
  for (const group of groups.values()) {
    const { _id, events, lost } = identified(projection, group);
    outcome.dead.push(...lost);
    // Taken for granted: the document is where the first event begins. If it is not, the write says so.
    if (events.length > 0) writes.push(work(projection, _id, events, events[0]!.version - 1));
  }
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    const { lost, credit } = await documents.write(writes.filter(({ applied }) => applied.length > 0));
    const doubtful = new Set(lost);
    // Nothing was written, so nobody has said yet where the document is.
    if (round === 1) for (const one of writes) if (one.applied.length === 0) doubtful.add(one);
    for (const one of writes) if (!doubtful.has(one)) collect(outcome, one);
    if (doubtful.size === 0) return outcome;

    const versions = await documents.versions([...doubtful].map(({ _id }) => _id));
    let written = credit;
    writes = [];
    for (const one of doubtful) {
      const version = versions.get(one._id) ?? 0;
      if (one.from > 0 && one.applied.length > 0 && version === one.version && written-- > 0) collect(outcome, one);
      else writes.push(work(projection, one._id, one.events, version));
    }
  }
  throw new Error(`${projection.name}: another process keeps writing the same documents`);
}

interface Work extends Write {
  events: OutboxEvent[];
}

function work(projection: AnyProjection, _id: string, events: OutboxEvent[], from: number): Work {
  return { _id, tenantId: events[0]!.tenantId, events, ...fold<Versioned>(projection, from, events) };
}

/** The events in order, with the document that they are about; an event that does not say which cannot be applied. */
function identified(projection: AnyProjection, group: OutboxEvent[]) {
  let _id = '';
  const events: OutboxEvent[] = [];
  const lost: Dead[] = [];
  for (const event of group.length === 1 ? group : group.toSorted((a, b) => a.version - b.version)) {
    try {
      _id = projection.id(event);
      events.push(event);
    } catch (error) {
      lost.push({ event, reason: reasonOf(error) });
    }
  }
  return { _id, events, lost };
}

function nothing(): Outcome {
  return { applied: [], duplicates: [], early: [], dead: [] };
}

function add(total: Outcome, more: Outcome): void {
  for (const event of more.applied) total.applied.push(event);
  for (const event of more.duplicates) total.duplicates.push(event);
  for (const event of more.early) total.early.push(event);
  for (const one of more.dead) total.dead.push(one);
}

function collect(outcome: Outcome, { dead, ...rest }: Work): void {
  add(outcome, { ...rest, dead: dead ? [dead] : [] });
}
