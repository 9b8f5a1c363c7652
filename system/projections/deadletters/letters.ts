// What an operator does with dead letters: look at them, let them be applied again, or let their aggregate go on without them.
// Those of the projections, and those of the notifications, which stand beside them in a collection of their own.
import type { Db } from 'mongodb';
import type { Clock } from '../../clock.ts';
import { type NotificationLetter, notificationQueue } from '../../notify/queue.ts';
import type { OutboxEvent } from '../../relay/event.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { createProjector } from '../apply.ts';
import type { DeadLetter, ParkedEvent } from '../aside.ts';
import { DURABLE } from '../durable.ts';
import { type AnyProjection, aggregateKey, type Versioned } from '../projection.ts';
import { PROJECTIONS } from '../projections.ts';
import { markBuckets } from '../statistics/dirty.ts';
import { failures } from './failures.ts';

const NOTIFICATION = 'notification';

export interface Letter {
  id: string;
  /** The projection, or `notification`. */
  of: string;
  tenantId: string;
  aggregateId: string;
  version: number;
  type: string;
  reason: string;
  startedAttempts: number;
  finishedAttempts: number;
  firstAt: Date;
  lastAt: Date;
  /** Events that wait behind it. */
  parkedBehind: number;
}

export interface Replayed {
  id: string;
  outcome: 'applied' | 'queued' | 'still dead';
  /** Events applied, those behind the letter included. */
  events: number;
  /** Why it is still dead. */
  reason?: string;
}

export type Letters = ReturnType<typeof deadLetters>;

/** @param metrics of the process that applies the events again; a command throws them away */
export function deadLetters({ db, metrics, clock }: { db: Db; metrics: Metrics; clock: Clock }) {
  const letters = db.collection<DeadLetter>('dead_letter', DURABLE);
  const parked = db.collection<ParkedEvent>('parked', DURABLE);
  const notifications = db.collection<NotificationLetter>('notification_dead_letter', DURABLE);

  async function eventsBehind({ projection, aggregate }: DeadLetter): Promise<OutboxEvent[]> {
    const waiting = await parked.find({ projection, aggregate }).sort({ 'event.version': 1 }).toArray();
    return waiting.map(({ event }) => event);
  }

  async function find(id: string): Promise<DeadLetter> {
    const letter = await letters.findOne({ _id: id });
    if (!letter) throw failures.unknownLetter(id);
    return letter;
  }

  async function findNotification(id: string): Promise<NotificationLetter> {
    const letter = await notifications.findOne({ _id: id.slice(NOTIFICATION.length + 1) });
    if (!letter) throw failures.unknownLetter(id);
    return letter;
  }

  /** Gives events to one projection alone; the engine takes what is parked behind them along. */
  async function apply(projection: AnyProjection, events: OutboxEvent[]) {
    let [applied, reason] = [0, ''];
    const counting = {
      ...metrics,
      projectionEventsTotal: {
        inc({ outcome }: { outcome?: string | number }, by = 1) {
          if (outcome === 'applied') applied += by;
        },
      } as unknown as Metrics['projectionEventsTotal'],
    };
    const project = createProjector({
      ...{ db, clock, projections: [projection], metrics: counting },
      onDeadLetter: (_projection, _event, why) => {
        reason = why;
      },
    });
    await project(events);
    await markBuckets(db, events, clock.now());
    return { applied, reason };
  }

  async function replayOne(letter: DeadLetter): Promise<Replayed> {
    const projection = projectionOf(letter);
    const { applied, reason } = await apply(projection, [letter.event]);
    // Applied now, or long ago: either way the document has passed it.
    const document = await db
      .collection<Versioned>(projection.collection, DURABLE)
      .findOne({ _id: idOf(projection, letter.event) }, { projection: { version: 1 } });
    if ((document?.version ?? 0) < letter.event.version) {
      return { id: letter._id, outcome: 'still dead', events: applied, reason: reason || letter.reason };
    }
    await letters.deleteOne({ _id: letter._id });
    return { id: letter._id, outcome: 'applied', events: applied };
  }

  async function replayNotification(letter: NotificationLetter): Promise<Replayed> {
    await notificationQueue(db).replay(letter._id, letter.channel, clock.now());
    return { id: `${NOTIFICATION}/${letter._id}`, outcome: 'queued', events: 0 };
  }

  return {
    /** All of them, the oldest first. */
    async list(): Promise<Letter[]> {
      const [kept, told] = await Promise.all([letters.find().toArray(), notifications.find().toArray()]);
      const rows = await Promise.all(kept.map(async (letter) => rowOf(letter, (await eventsBehind(letter)).length)));
      const all = [...rows, ...told.map(notificationRow)];
      return all.sort((a, b) => a.firstAt.getTime() - b.firstAt.getTime());
    },

    /** One with its event and the versions that wait behind it. Throws `deadletter.unknown`. */
    async show(id: string): Promise<Letter & { event: OutboxEvent; parkedVersions: number[] }> {
      if (isNotification(id)) {
        const letter = await findNotification(id);
        return { ...notificationRow(letter), event: letter.event, parkedVersions: [] };
      }
      const letter = await find(id);
      const parkedVersions = (await eventsBehind(letter)).map(({ version }) => version);
      return { ...rowOf(letter, parkedVersions.length), event: letter.event, parkedVersions };
    },

    /** Applies it again, then what waits behind it, in the order of versions. Throws `deadletter.unknown`. */
    async replay(id: string): Promise<Replayed> {
      return isNotification(id) ? replayNotification(await findNotification(id)) : replayOne(await find(id));
    },

    /** Every letter; of one aggregate the lower version first. */
    async replayAll(): Promise<Replayed[]> {
      const replayed: Replayed[] = [];
      for (const letter of await letters.find().sort({ aggregate: 1, 'event.version': 1 }).toArray()) {
        replayed.push(await replayOne(letter));
      }
      for (const letter of await notifications.find().toArray()) replayed.push(await replayNotification(letter));
      return replayed;
    },

    /**
     * Lets the aggregate go on without the event: its version is counted, its change is not made, and what waits behind it is applied.
     * Throws `deadletter.unknown`, and `deadletter.first-version` where there is no document to go on with.
     */
    async discard(id: string): Promise<{ id: string; events: number }> {
      if (isNotification(id)) {
        const letter = await findNotification(id);
        await notifications.deleteOne({ _id: letter._id });
        return { id, events: 0 };
      }
      const letter = await find(id);
      const projection = projectionOf(letter);
      const { event } = letter;
      if (event.version === 1) throw failures.firstVersion(id, projection.name);
      // An event that does not name its document has, with luck, a neighbour that does.
      const named = [event, ...(await eventsBehind(letter))].map((one) => idOf(projection, one)).find(Boolean);
      if (!named) throw failures.unnamed(id, projection.name);
      await db
        .collection<Versioned>(projection.collection, DURABLE)
        .updateOne({ _id: named, version: event.version - 1 }, { $set: { version: event.version } });
      await letters.deleteOne({ _id: id });
      // Asked again: what was parked meanwhile may not have seen the new version.
      const { applied } = await apply(projection, await eventsBehind(letter));
      return { id, events: applied };
    },
  };
}

function isNotification(id: string): boolean {
  return id.startsWith(`${NOTIFICATION}/`);
}

function projectionOf({ _id, projection }: DeadLetter): AnyProjection {
  const found = PROJECTIONS.find(({ name }) => name === projection);
  if (!found) throw failures.noSuchProjection(_id, projection);
  return found;
}

/** The document's `_id`, or an empty one when the event does not say it. */
function idOf(projection: AnyProjection, event: OutboxEvent): string {
  try {
    return projection.id(event);
  } catch {
    return '';
  }
}

function rowOf(letter: DeadLetter, parkedBehind: number): Letter {
  const { event, reason, startedAttempts, finishedAttempts, firstAt, lastAt } = letter;
  const { tenantId, aggregateId, version, type } = event;
  const attempts = { startedAttempts, finishedAttempts, firstAt, lastAt };
  return {
    id: letter._id,
    of: letter.projection,
    tenantId,
    aggregateId,
    version,
    type,
    reason,
    ...attempts,
    parkedBehind,
  };
}

function notificationRow(letter: NotificationLetter): Letter {
  const row = rowOf({ ...letter, aggregate: aggregateKey(letter.event) }, 0);
  return { ...row, id: `${NOTIFICATION}/${letter._id}`, of: `${NOTIFICATION} (${letter.channel})` };
}
