// The durable queues of the channels, as one MongoDB collection: a document per notification, of which `channel` says in
// which queue it stands and `dueAt` when it may be taken. A taken one becomes due again when its lease runs out, so a
// process that dies loses nothing; `startedAttempts` is the fence against one that comes back late.
import { type Collection, type Db, MongoBulkWriteError } from 'mongodb';
import { DURABLE } from '../projections/durable.ts';
import type { Letter } from '../relay/consumer.ts';
import type { OutboxEvent } from '../relay/event.ts';
import type { ChannelName } from './channels.ts';

/** How long a settled notification is remembered, and with it that its event needs no second one. */
const REMEMBERED_SECONDS = 7 * 24 * 3600;
const DUPLICATE_KEY = 11000;
/** A long outage must not grow the document. */
const MOST_FAILURES_KEPT = 20;

export interface Queued {
  /** The event's id: one notification per event, however often it is delivered. */
  _id: string;
  event: OutboxEvent;
  channel: ChannelName;
  /** Absent when it is settled. */
  dueAt?: Date;
  /** Times that sending was begun, and that it came to an end; the difference are processes that died on it. */
  startedAttempts: number;
  finishedAttempts: number;
  /** The latest. */
  failures: { channel: ChannelName; reason: string; at: Date }[];
  queuedAt: Date;
  settledAt?: Date;
  outcome?: 'sent' | 'needless' | 'dead';
}

export interface NotificationLetter {
  _id: string;
  /** Always `notification`: the letters of projections stand beside these for the operator. */
  projection: string;
  /** The last channel that was tried. */
  channel: ChannelName;
  documentId: string;
  event: OutboxEvent;
  reason: string;
  startedAttempts: number;
  finishedAttempts: number;
  firstAt: Date;
  lastAt: Date;
}

export type Queue = ReturnType<typeof notificationQueue>;

export function notificationQueue(db: Db) {
  const queued: Collection<Queued> = db.collection('notification', DURABLE);
  const letters: Collection<NotificationLetter> = db.collection('notification_dead_letter', DURABLE);

  /** Ends an attempt. False when somebody else has taken the notification since: then nothing is changed. */
  async function end(item: Queued, change: object): Promise<boolean> {
    const { matchedCount } = await queued.updateOne(
      { _id: item._id, startedAttempts: item.startedAttempts, dueAt: { $exists: true } },
      { $inc: { finishedAttempts: 1 }, ...change },
    );
    return matchedCount === 1;
  }

  return {
    async prepare(): Promise<void> {
      await queued.createIndexes([
        { key: { channel: 1, dueAt: 1 }, partialFilterExpression: { dueAt: { $exists: true } } },
        { key: { channel: 1, queuedAt: 1 }, partialFilterExpression: { dueAt: { $exists: true } } },
        { key: { settledAt: 1 }, expireAfterSeconds: REMEMBERED_SECONDS },
      ]);
    },

    /** Those that are there already are left as they are. */
    async add(events: OutboxEvent[], channel: ChannelName, now: Date): Promise<void> {
      const fresh = { channel, dueAt: now, startedAttempts: 0, finishedAttempts: 0, failures: [], queuedAt: now };
      try {
        await queued.insertMany(
          events.map((event) => ({ _id: event.id, event, ...fresh })),
          { ordered: false },
        );
      } catch (error) {
        const known = error instanceof MongoBulkWriteError && [error.writeErrors].flat();
        if (!known || known.length === 0 || known.some(({ code }) => code !== DUPLICATE_KEY)) throw error;
      }
    },

    /** The one that has been due longest, taken for `leaseMs`; null when none is due. */
    take(channel: ChannelName, now: Date, leaseMs: number): Promise<Queued | null> {
      return queued.findOneAndUpdate(
        { channel, dueAt: { $lte: now } },
        { $set: { dueAt: new Date(now.getTime() + leaseMs) }, $inc: { startedAttempts: 1 } },
        { sort: { dueAt: 1 }, returnDocument: 'after' },
      );
    },

    settle: (item: Queued, outcome: 'sent' | 'needless', at: Date) =>
      end(item, { $set: { settledAt: at, outcome }, $unset: { dueAt: '' } }),

    /** Tried again later, or on another channel. */
    again: (
      item: Queued,
      { channel, dueAt, reason, at }: { channel: ChannelName; dueAt: Date; reason: string; at: Date },
    ) =>
      end(item, {
        $set: { channel, dueAt },
        $push: { failures: { $each: [{ channel: item.channel, reason, at }], $slice: -MOST_FAILURES_KEPT } },
      }),

    /** The letter first: a crash between the two writes comes back here. */
    async bury(item: Queued, reason: string, at: Date): Promise<boolean> {
      const { _id, event, channel, startedAttempts, finishedAttempts } = item;
      const documentId = `${event.tenantId}/${event.aggregateId}`;
      await letters.updateOne(
        { _id },
        {
          $set: { reason, channel, lastAt: at, startedAttempts, finishedAttempts: finishedAttempts + 1 },
          $setOnInsert: { projection: 'notification', documentId, event, firstAt: at },
        },
        { upsert: true },
      );
      return end(item, {
        $set: { settledAt: at, outcome: 'dead' },
        $unset: { dueAt: '' },
        $push: { failures: { channel, reason, at } },
      });
    },

    /** An event that could not even be queued. */
    async buryEvent(event: OutboxEvent, letter: Letter, channel: ChannelName, at: Date): Promise<void> {
      const documentId = `${event.tenantId}/${event.aggregateId}`;
      await letters.updateOne(
        { _id: event.id },
        {
          $set: { ...letter, channel, lastAt: at },
          $setOnInsert: { projection: 'notification', documentId, event, firstAt: at },
        },
        { upsert: true },
      );
    },

    /** An operator's wish: a dead letter stands in its first queue again, with its attempts forgotten. False when there is none. */
    async replay(id: string, channel: ChannelName, now: Date): Promise<boolean> {
      const letter = await letters.findOne({ _id: id });
      if (!letter) return false;
      const fresh = { channel, dueAt: now, startedAttempts: 0, finishedAttempts: 0, failures: [], queuedAt: now };
      await queued.replaceOne({ _id: id }, { event: letter.event, ...fresh }, { upsert: true });
      await letters.deleteOne({ _id: id });
      return true;
    },

    /** What waits in a channel's queue or is on its way, and since when the oldest. */
    async depth(channel: ChannelName): Promise<{ messages: number; oldestAt: Date | null }> {
      const filter = { channel, dueAt: { $exists: true } };
      const [messages, oldest] = await Promise.all([
        queued.countDocuments(filter),
        queued.findOne(filter, { sort: { queuedAt: 1 }, projection: { queuedAt: 1 } }),
      ]);
      return { messages, oldestAt: oldest?.queuedAt ?? null };
    },

    letters: () => letters.countDocuments(),
  };
}
