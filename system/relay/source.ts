// Where a relay gets the events of its lanes from: the outbox itself, or a broker's queues.
import type { Place } from './cursor.ts';
import type { LaneBatch } from './outbox.ts';

/** What a source hands its events to. */
export interface Sink {
  /** Events of one lane in order. Those that were offered before are dropped; a hole before them is filled from the outbox. */
  offer(batch: LaneBatch): void;
  /** How many events of a lane may still be offered: reading goes on when it says more than 0. */
  room(lane: number): number;
  onPoll(): void;
  onError(error: unknown, nextTryMs: number): void;
}

export interface Source {
  /** From now on the events of this lane behind `after` are offered. */
  take(lane: number, after: Place): void;
  /** Resolves when no event of this lane is offered any more and another process may take it. */
  drop(lane: number): Promise<void>;
  /** There is room again. */
  resume(): void;
  /** The cursor of the lane stands at this place for good: nobody needs what lies before it. */
  passed(lane: number, place: Place): void;
  /** A hint that new events may be there. */
  wake(): void;
  stop(): Promise<void>;
}

export type OpenSource = (sink: Sink) => Source;
