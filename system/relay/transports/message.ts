// An event on its way through a broker: JSON, with its place in the lane and that of the event before it.
import type { Cursor, Place } from '../cursor.ts';
import type { OutboxEvent } from '../event.ts';
import type { LaneBatch } from '../outbox.ts';

interface Message {
  event: OutboxEvent;
  place: Place;
  /** Place of the event before this one in the lane: whoever has that one misses nothing. */
  from: Cursor;
}

/** Name of the exchange and of the topic. */
export const EVENTS_NAME = 'ams.events';

/** The messages of a batch, in its order. */
export function messagesOf(batch: LaneBatch): { event: OutboxEvent; content: Buffer }[] {
  let from = batch.from;
  return batch.events.map((event, i) => {
    const { xid, seq } = batch.places[i]!;
    const content = Buffer.from(JSON.stringify({ event, place: { xid, seq }, from: { xid: from.xid, seq: from.seq } }));
    from = batch.places[i]!;
    return { event, content };
  });
}

/** @throws Error on what is no message of ours */
export function readMessage(content: Buffer): Message {
  let message: Message | undefined;
  try {
    message = JSON.parse(content.toString());
  } catch {}
  const { event, place, from } = message ?? {};
  if (typeof event?.id !== 'string' || !isPlace(place) || !isPlace(from)) {
    throw new Error(`a message that is none of ours was dropped: ${content.toString('utf8', 0, 80)}`);
  }
  event.occurredAt = new Date(event.occurredAt);
  return { event, place, from };
}

function isPlace(place: Cursor | undefined): place is Cursor {
  return typeof place?.xid === 'string' && typeof place.seq === 'string';
}

/** Messages of one lane as batches: a new one begins where a message does not follow the one before. */
export function batchesOf(lane: number, messages: Message[]): LaneBatch[] {
  const batches: LaneBatch[] = [];
  for (const { event, place, from } of messages) {
    const last = batches.at(-1);
    const end = last?.places.at(-1);
    if (last && end?.xid === from.xid && end.seq === from.seq) {
      last.events.push(event);
      last.places.push(place);
    } else batches.push({ lane, from, events: [event], places: [place] });
  }
  return batches;
}
