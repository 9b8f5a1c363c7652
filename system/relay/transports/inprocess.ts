// The transport without a broker: the worker that handles the events reads them from the outbox itself, all its lanes in one statement.
import type pg from 'pg';
import type { Cursor } from '../cursor.ts';
import { poll } from '../outbox.ts';
import { createPause } from '../pause.ts';
import type { OpenSource } from '../source.ts';

const FIRST_BACK_OFF_MS = 100;
const LONGEST_BACK_OFF_MS = 5000;

export interface OutboxSourceOptions {
  pool: pg.Pool;
  consumer: string;
  holder: string;
  /** Most events read of one lane at once. */
  batch: number;
  /** Time between two polls that found nothing, when no hint comes. */
  pollMs: number;
}

/** Polls without a pause while lanes are full; the next batch of a lane is read while one is in hand. */
export function outboxSource({ pool, consumer, holder, batch, pollMs }: OutboxSourceOptions): OpenSource {
  return (sink) => {
    /** Place up to which each lane has been read. */
    const read = new Map<number, Cursor>();
    const [idle, backOff] = [createPause(), createPause()];
    let stopping = false;
    let woken = false;
    let isStarved = false;

    /** True when more is known to wait. */
    async function turn(): Promise<boolean> {
      const wanted = new Map([...read].filter(([lane]) => sink.room(lane) >= batch));
      isStarved = wanted.size < read.size;
      if (wanted.size === 0) return false;
      const batches = await poll(pool, consumer, holder, wanted, batch);
      sink.onPoll();
      for (const one of batches) {
        // Given back, or taken anew, while the statement ran.
        if (read.get(one.lane) !== one.from) continue;
        read.set(one.lane, one.places.at(-1)!);
        sink.offer(one);
      }
      return batches.some(({ events }) => events.length >= batch);
    }

    async function loop(): Promise<void> {
      let failures = 0;
      while (!stopping) {
        try {
          woken = false;
          const full = await turn();
          failures = 0;
          if (!full && !woken && !stopping) await idle.wait(pollMs);
        } catch (error) {
          const waitMs = Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** failures++);
          sink.onError(error, waitMs);
          // Not `idle`: a hint says nothing about the part that failed and must not shorten this.
          if (!stopping) await backOff.wait(waitMs);
        }
      }
    }

    const ended = loop();
    const wake = () => {
      woken = true;
      idle.end();
    };
    return {
      take(lane, after) {
        read.set(lane, after);
        wake();
      },
      async drop(lane) {
        read.delete(lane);
      },
      resume() {
        if (isStarved) wake();
      },
      passed() {},
      wake,
      async stop() {
        stopping = true;
        idle.end();
        backOff.end();
        await ended;
      },
    };
  };
}
