// Moves the cursors behind what has been handled: many moves in one statement, one statement at a time.
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Place } from './cursor.ts';
import { advanceLanes, type Move } from './lanes.ts';
import { createPause } from './pause.ts';

/** Time between two statements: what is handled meanwhile goes into one. A crash repeats at most so much. */
const GAP_MS = 200;
const BACK_OFF_MS = 500;

export interface Advancer {
  /** Soon, and together with others. A lane that is under way already goes on to the newer place. */
  move(lane: number, from: Move['from'], to: Place, events: number): void;
  /** True while a lane has a move that is not stored. */
  isMoving(lane: number): boolean;
  /** Resolves when the lane has no move left to store, which is now begun at once, or when `flush` had to give up. */
  settled(lane: number): Promise<void>;
  /** For the end: resolves when nothing is left to store, or when PostgreSQL did not take it; from now on nothing waits for another try. */
  flush(): Promise<void>;
}

/**
 * @param options.mostEvents of one lane: with so many waiting, the next statement comes without waiting for its time
 * @param options.checkpoint before each statement; when it rejects, the cursors stay
 * @param options.onMoved the cursor is stored
 * @param options.onLost somebody else holds the lane, or has moved its cursor
 */
export function createAdvancer(options: {
  pool: pg.Pool;
  consumer: string;
  holder: string;
  mostEvents: number;
  checkpoint(): Promise<void> | undefined;
  onMoved(lane: number, to: Place, events: number): void;
  onLost(lane: number): void;
  onError(error: unknown, nextTryMs: number): void;
}): Advancer {
  const { pool, consumer, holder } = options;
  const waiting = new Map<number, Move>();
  let underWay: Move[] = [];
  const settling = new Map<number, (() => void)[]>();
  const gap = createPause();
  let running: Promise<void> | undefined;
  let flushing = false;

  function merge(later: Move, earlier?: Move): Move {
    return earlier ? { ...later, from: earlier.from, events: earlier.events + later.events } : later;
  }

  const isMoving = (lane: number) => waiting.has(lane) || underWay.some((move) => move.lane === lane);

  function settle(isSettled: (lane: number) => boolean): void {
    for (const [lane, resolves] of settling) {
      if (!isSettled(lane)) continue;
      settling.delete(lane);
      for (const resolve of resolves) resolve();
    }
  }

  const isUrgent = () =>
    flushing || settling.size > 0 || [...waiting.values()].some(({ events }) => events >= options.mostEvents);

  async function send(): Promise<void> {
    underWay = [...waiting.values()];
    waiting.clear();
    try {
      await options.checkpoint();
      const moved = new Set(await advanceLanes(pool, consumer, holder, underWay));
      const sent = underWay;
      underWay = [];
      for (const { lane, to, events } of sent) {
        if (moved.has(lane)) options.onMoved(lane, to, events);
        else {
          waiting.delete(lane);
          options.onLost(lane);
        }
      }
      settle((lane) => !isMoving(lane));
      if (!isUrgent()) await gap.wait(GAP_MS);
    } catch (error) {
      for (const move of underWay)
        waiting.set(move.lane, merge(waiting.get(move.lane) ?? { ...move, events: 0 }, move));
      underWay = [];
      options.onError(error, flushing ? 0 : BACK_OFF_MS);
      if (flushing) {
        // What was handled comes again, which is allowed.
        settle(() => true);
        throw error;
      }
      await sleep(BACK_OFF_MS);
    }
  }

  async function run(): Promise<void> {
    while (waiting.size > 0) await send();
  }

  function start(): Promise<void> {
    running ??= run().finally(() => {
      running = undefined;
    });
    return running;
  }

  return {
    move(lane, from, to, events) {
      const move = { lane, from, to, events };
      waiting.set(lane, merge(move, waiting.get(lane)));
      start().catch(() => {});
      if (isUrgent()) gap.end();
    },
    isMoving,
    settled(lane) {
      if (!isMoving(lane)) return Promise.resolve();
      gap.end();
      return new Promise((resolve) => settling.set(lane, [...(settling.get(lane) ?? []), resolve]));
    },
    async flush() {
      flushing = true;
      gap.end();
      try {
        while (waiting.size > 0 || running) await start();
      } catch {
        // Told to onError.
      }
    },
  };
}
