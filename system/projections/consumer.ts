// The read models as a consumer of events: applies them, marks the statistics and ends the cached values that they make old.
import type { Db } from 'mongodb';
import type { Cache } from '../cache/cache.ts';
import type { Clock } from '../clock.ts';
import { classScope } from '../read/class-card.ts';
import type { Consumer } from '../relay/consumer.ts';
import type { OutboxEvent } from '../relay/event.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import { createProjector } from './apply.ts';
import { createAside } from './aside.ts';
import { watchAside } from './aside-metrics.ts';
import { classCard } from './class-card/class-card.ts';
import { makeIndexes } from './indexes.ts';
import { createParked } from './parked.ts';
import { aggregateKey } from './projection.ts';
import { PROJECTIONS } from './projections.ts';
import { type Bucket, bucketsOf, mark, markId } from './statistics/dirty.ts';

export interface ReadModelParts {
  db: Db;
  cache: Pick<Cache, 'invalidate'>;
  metrics: Metrics;
  clock: Clock;
  log: Logger;
  tracer: Tracing;
}

export function readModelConsumer({ db, cache, metrics, clock, log, tracer }: ReadModelParts): Consumer {
  const onDeadLetter = (
    projection: string,
    { tenantId, traceParent, aggregateId, version, type }: OutboxEvent,
    reason: string,
  ) => {
    const traceId = traceParent?.split('-')[1];
    const detail = { projection, aggregateId, version, type, reason };
    log.error({ tenantId, traceId, useCase: projection, detail }, 'an event became a dead letter');
  };
  const parked = createParked();
  const project = createProjector({ db, projections: PROJECTIONS, metrics, clock, tracer, parked, onDeadLetter });
  const watching = watchAside({ db, metrics, clock, log, parked, project });
  /** Buckets of events that no cursor has passed yet. */
  let unmarked = new Map<string, Bucket>();

  return {
    group: 'read-models',
    async handle(events) {
      await project(events);
      // After the documents and before the events are forgotten. Also for duplicates: the process before may have died right here.
      for (const bucket of bucketsOf(events)) unmarked.set(markId(bucket), bucket);
      const classes = events.filter(({ aggregateType }) => aggregateType === classCard.aggregateType);
      await Promise.all([...new Set(classes.map(aggregateKey))].map((id) => cache.invalidate(classScope(id))));
    },
    async checkpoint() {
      const marking = unmarked;
      unmarked = new Map();
      try {
        await mark(db, [...marking.values()], clock.now());
      } catch (error) {
        unmarked = new Map([...marking, ...unmarked]);
        throw error;
      }
    },
    async bury(event, { reason, startedAttempts, finishedAttempts }) {
      for (const { name, aggregateType } of PROJECTIONS) {
        if (aggregateType !== event.aggregateType) continue;
        await createAside(db, name).bury([{ event, reason, startedAttempts, finishedAttempts }], clock.now());
        metrics.projectionEventsTotal.inc({ projection: name, outcome: 'dead' });
        onDeadLetter(name, event, reason);
      }
    },
    answers: () => db.command({ ping: 1 }),
    prepare: () => makeIndexes(db),
    stop: async () => watching.stop(),
  };
}
