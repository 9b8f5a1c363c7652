// What a relay knows of one lane that it holds: the events that wait in it, and how they have fared so far.
import type { Cursor } from './cursor.ts';
import type { OutboxEvent } from './event.ts';
import type { HeldLane } from './lanes.ts';
import type { LaneBatch } from './outbox.ts';

export interface LaneQueue extends HeldLane {
  /** Place before the first event that waits. */
  head: Cursor;
  /** Place of the newest event that was put in. */
  seen: Cursor;
  events: OutboxEvent[];
  places: LaneBatch['places'];
  /** Its first events are being handled, or its cursor must move before the next ones may be. */
  isBusy: boolean;
  /** So many of the next events are handled one at a time, because their batch failed. */
  apart: number;
  /** Its batches failed so often in a row, the parts being there. */
  failures: number;
  /** Pauses in a row, for whatever reason. */
  rests: number;
  isResting: boolean;
  /** It is to go to another process: nothing more is begun. */
  isLeaving: boolean;
  /** Message of the last failure. */
  reason: string;
  /** What was offered while a hole before it is filled. */
  behindHole: LaneBatch[] | null;
  /** Published a while ago, and has not come yet. */
  awaited: Cursor | null;
}

export function laneQueue(held: HeldLane): LaneQueue {
  return {
    ...held,
    head: held.cursor,
    seen: held.cursor,
    events: [],
    places: [],
    isBusy: false,
    apart: 0,
    failures: 0,
    rests: 0,
    isResting: false,
    isLeaving: false,
    reason: '',
    behindHole: null,
    awaited: null,
  };
}

/** Its events are handled apart from those of other lanes, and its cursor moves before the next ones are begun. */
export function isSuspect({ deaths, failures, apart }: LaneQueue): boolean {
  return deaths > 0 || failures > 0 || apart > 0;
}

/** The first `count` events, which stay in the queue until `removeFirst`. */
export function firstOf(queue: LaneQueue, count: number): LaneBatch {
  return {
    lane: queue.lane,
    from: queue.head,
    events: queue.events.slice(0, count),
    places: queue.places.slice(0, count),
  };
}

export function removeFirst(queue: LaneQueue, count: number): void {
  queue.head = queue.places[count - 1] ?? queue.head;
  queue.events.splice(0, count);
  queue.places.splice(0, count);
}
