// What follows the events: a group of processes that share them, each event to one of them, in order per aggregate, at least once.
import type { OutboxEvent } from './event.ts';

/** Whoever publishes to a broker makes room for all of them. */
export const GROUPS = ['read-models', 'notifications'] as const;
export type Group = (typeof GROUPS)[number];

/** Why an event was given up, and what had been tried. */
export interface Letter {
  /** Message of the last failure; of an event that ended the process each time, that it did. */
  reason: string;
  /** Times that handling it was begun. More than finished ones: the process died on it. */
  startedAttempts: number;
  /** Times that handling it came to an end, which was a failure. */
  finishedAttempts: number;
}

export interface Consumer {
  group: Group;
  /**
   * Resolves when the events are taken care of for good. Rejects: the same events come again, after a pause, in the same order per
   * aggregate. They may also come again after it has resolved (a crash before the cursor moved).
   */
  handle(events: OutboxEvent[]): Promise<void>;
  /**
   * Before cursors move, a few times a second: for what `handle` puts off so that many batches share it. When it resolves, that is there
   * for good for every event handled so far. Rejects: the cursors stay, it is tried again.
   */
  checkpoint?(): Promise<void>;
  /**
   * Keeps an event as a dead letter: it failed alone more often than allowed, or killed the process. The relay goes on behind it.
   * Rejects: nothing is lost, it is tried again. Without this, a failing event is tried for ever and its lane waits.
   */
  bury?(event: OutboxEvent, letter: Letter): Promise<void>;
  /** Rejects when a part that handling needs is away: then a failure says nothing about the event and does not count. */
  answers?(): Promise<unknown>;
  /** Once before the first event: indexes and the like. Rejects: tried again. */
  prepare?(): Promise<void>;
  stop?(): Promise<void>;
}
