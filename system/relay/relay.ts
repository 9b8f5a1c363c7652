// The relay: carries committed events from the outbox to a consumer, in order within a lane, at least once, skipping none.
// In: the lanes this process gets. Out: calls of `deliver`; a batch is acknowledged by moving its cursors once that has resolved.
import type pg from 'pg';
import type { OutboxEvent } from './event.ts';
import { advanceLanes, claimLanes, countLanes, releaseLanes } from './lanes.ts';
import { poll } from './outbox.ts';
import { createPause } from './pause.ts';

const FIRST_BACK_OFF_MS = 100;
const LONGEST_BACK_OFF_MS = 5000;

export interface RelayOptions {
  pool: pg.Pool;
  consumer: string;
  /** A UUID of this start of this process. */
  holder: string;
  /** A dead holder's lanes are taken over within this time. */
  leaseMs: number;
  /** Time between two polls that found nothing, when no hint comes. */
  pollMs: number;
  /** Most events read of one lane at once. */
  batch: number;
  /** Must resolve only when the events are stored. Rejects: the same events come again after a pause. */
  deliver(events: OutboxEvent[]): Promise<void>;
  onPoll(): void;
  onLanes(held: number): void;
  onError(error: unknown, nextTryMs: number): void;
}

export interface Relay {
  /** New events may be there: poll now. */
  wake(): void;
  /** Finishes the batch in hand, gives the lanes back. */
  stop(): Promise<void>;
}

/** Starts polling at once. Errors of any part end in a pause and another try, never in the end of the relay. */
export function startRelay(options: RelayOptions): Relay {
  const { pool, consumer, holder } = options;
  // A lease of two thirds, looked at every sixth: a lane whose holder dies is free for at most a sixth before somebody asks,
  // and a holder may miss three renewals in a row.
  const leaseMs = (options.leaseMs * 2) / 3;
  const claimEveryMs = options.leaseMs / 6;
  const [idle, backOff, betweenClaims] = [createPause(), createPause(), createPause()];
  let stopping = false;
  let woken = false;

  /** One poll to its end. True when a lane was full: more waits behind it. */
  async function turn(): Promise<boolean> {
    const batches = await poll(pool, consumer, holder, options.batch);
    options.onPoll();
    if (batches.length === 0) return false;
    await options.deliver(batches.flatMap((batch) => batch.events));
    // Lanes that did not move belong to somebody else by now, who gets the same events again.
    await advanceLanes(pool, consumer, holder, batches);
    return batches.some((batch) => batch.events.length >= options.batch);
  }

  async function carry(): Promise<void> {
    let failures = 0;
    while (!stopping) {
      try {
        woken = false;
        const full = await turn();
        failures = 0;
        if (!full && !woken && !stopping) await idle.wait(options.pollMs);
      } catch (error) {
        const waitMs = Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** failures++);
        options.onError(error, waitMs);
        // Not `idle`: a hint says nothing about the part that failed and must not shorten this.
        if (!stopping) await backOff.wait(waitMs);
      }
    }
  }

  async function holdLanes(): Promise<void> {
    while (!stopping) {
      try {
        await claimLanes(pool, consumer, holder, leaseMs);
        options.onLanes(await countLanes(pool, consumer, holder));
      } catch (error) {
        options.onError(error, claimEveryMs);
      }
      if (!stopping) await betweenClaims.wait(claimEveryMs);
    }
  }

  const loops = Promise.all([holdLanes(), carry()]);
  return {
    wake() {
      woken = true;
      idle.end();
    },
    async stop() {
      stopping = true;
      for (const pause of [idle, backOff, betweenClaims]) pause.end();
      await loops;
      await releaseLanes(pool, consumer, holder);
    },
  };
}
