// The relay of one consumer in one process: events of the lanes that this process holds go to a handler, in order within a lane, at least
// once, skipping none. In: a source (the outbox, or a broker) and the lanes' rows in PostgreSQL. Out: calls of `handle`; then cursors move.
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { createAdvancer } from './advance.ts';
import { type Cursor, isAfter } from './cursor.ts';
import { createDeliverer, type Handler } from './deliver.ts';
import { type LaneQueue, laneQueue, removeFirst } from './lane-queue.ts';
import { leave, markAttempts, releaseLanes, shareLanes } from './lanes.ts';
import { type LaneBatch, poll } from './outbox.ts';
import { createPause } from './pause.ts';
import type { OpenSource } from './source.ts';

const REFILL_BACK_OFF_MS = 500;

export interface RelayOptions extends Handler {
  pool: pg.Pool;
  consumer: string;
  /** A UUID of this start of this process. */
  holder: string;
  /** A dead holder's lanes are taken over within this time. */
  leaseMs: number;
  /** Most events of one lane at once. */
  batch: number;
  /** Failures of one event alone before it is buried. */
  mostAttempts: number;
  source: OpenSource;
  onPoll(): void;
  onLanes(held: number): void;
  /** What became of events: `duplicate` ones were offered before, `refilled` ones a broker had lost. */
  count(outcome: 'handled' | 'retried' | 'buried' | 'duplicate' | 'refilled', events: number): void;
  onError(error: unknown, nextTryMs: number): void;
}

export interface Relay {
  /** New events may be there: look now. */
  wake(): void;
  /** Finishes what is in hand, gives the lanes back. */
  stop(): Promise<void>;
}

/** Begins at once. Errors of any part end in a pause and another try, never in the end of the relay. */
export function startRelay(options: RelayOptions): Relay {
  const { pool, consumer, holder, batch, count, onError } = options;
  // A lease of two thirds, looked at every sixth: a lane whose holder dies is free for at most a sixth before somebody asks,
  // and a holder may miss three renewals in a row.
  const leaseMs = (options.leaseMs * 2) / 3;
  const shareEveryMs = options.leaseMs / 6;
  const betweenShares = createPause();
  const lanes = new Map<number, LaneQueue>();
  let stopping = false;

  const advancer = createAdvancer({
    pool,
    consumer,
    holder,
    // No lane runs ahead of its cursor by more than a batch, which is what a search for a deadly event counts on (`handfulOf`).
    mostEvents: batch / 4,
    checkpoint: () => options.checkpoint?.(),
    onMoved(lane, to, events) {
      const queue = lanes.get(lane);
      source.passed(lane, to);
      if (!queue) return;
      Object.assign(queue, { cursor: to, startedAttempts: 0, finishedAttempts: 0, reason: '' });
      queue.apart = Math.max(0, queue.apart - events);
      queue.suspects = Math.max(0, queue.suspects - events);
      if (queue.suspects === 0) queue.deaths = 0;
      if (queue.isLeaving) betweenShares.end();
    },
    onLost: forget,
    onError,
  });
  const deliverer = createDeliverer({
    ...options,
    lanes,
    onHandled(queue, events) {
      const from = queue.head;
      removeFirst(queue, events);
      // Lost while its events were in hand: its new holder handles them again.
      if (lanes.get(queue.lane) !== queue) return;
      advancer.move(queue.lane, from, queue.head, events);
      source.resume();
    },
    settled: ({ lane }) => advancer.settled(lane),
    async mark({ lane, startedAttempts: started, finishedAttempts: finished }) {
      const isHeld = await markAttempts(pool, consumer, holder, lane, { started, finished });
      if (!isHeld) forget(lane);
      return isHeld;
    },
  });
  const source = options.source({
    offer,
    room(lane) {
      const queue = lanes.get(lane);
      return !queue || queue.isLeaving || queue.behindHole ? 0 : 2 * batch - queue.events.length;
    },
    onPoll: options.onPoll,
    onError,
  });

  function offer(offered: LaneBatch): void {
    const queue = lanes.get(offered.lane);
    if (!queue) return;
    if (queue.behindHole) {
      queue.behindHole.push(offered);
      return;
    }
    const known = offered.places.findIndex((place) => isAfter(place, queue.seen));
    const before = known < 0 ? offered.events.length : known;
    if (before > 0) count('duplicate', before);
    if (known < 0) return;
    if (before === 0 && isAfter(offered.from, queue.seen)) {
      void fillHole(queue, offered.from, [offered]);
      return;
    }
    put(
      queue,
      before > 0 ? { ...offered, events: offered.events.slice(before), places: offered.places.slice(before) } : offered,
    );
    deliverer.schedule();
  }

  function put(queue: LaneQueue, { events, places }: LaneBatch): void {
    for (const event of events) queue.events.push(event);
    for (const place of places) queue.places.push(place);
    queue.seen = places.at(-1)!;
  }

  /** A broker that forgot messages has not lost events: the outbox keeps them until every consumer has passed them. */
  async function fillHole(queue: LaneQueue, end: Cursor, behind: LaneBatch[]): Promise<void> {
    queue.behindHole = behind;
    while (!stopping && lanes.get(queue.lane) === queue && isAfter(end, queue.seen)) {
      try {
        if (queue.events.length > batch) {
          await sleep(REFILL_BACK_OFF_MS / 10);
          continue;
        }
        const [found] = await poll(pool, consumer, holder, new Map([[queue.lane, queue.seen]]), batch);
        const missing = found?.places.findIndex((place) => isAfter(place, end)) ?? 0;
        const lost = missing < 0 ? found!.events.length : missing;
        if (lost === 0) break;
        put(queue, { ...found!, events: found!.events.slice(0, lost), places: found!.places.slice(0, lost) });
        count('refilled', lost);
        deliverer.schedule();
      } catch (error) {
        onError(error, REFILL_BACK_OFF_MS);
        await sleep(REFILL_BACK_OFF_MS);
      }
    }
    queue.behindHole = null;
    // Nothing is there: others have passed it, and its partition is gone.
    if (isAfter(end, queue.seen)) queue.seen = end;
    for (const one of behind) offer(one);
  }

  /** The last messages of a lane may be lost too, and no later one shows it: the publisher has passed them, and they do not come. */
  function lookForLostEnd(queue: LaneQueue, published: Cursor | null): void {
    const isBehind = isQuiet(queue) && published !== null && isAfter(published, queue.seen);
    if (isBehind && queue.awaited?.seq === published.seq) void fillHole(queue, published, []);
    queue.awaited = isBehind ? published : null;
  }

  function forget(lane: number): void {
    lanes.delete(lane);
    void source.drop(lane);
  }

  const isAtRest = ({ lane, isBusy }: LaneQueue) => !isBusy && !advancer.isMoving(lane);
  const isQuiet = (queue: LaneQueue) => isAtRest(queue) && queue.events.length === 0 && !queue.behindHole;

  /** What is to leave and is at rest goes back. */
  async function letGo(): Promise<void> {
    const free = [...lanes.values()].filter((queue) => queue.isLeaving && isAtRest(queue));
    if (free.length === 0) return;
    const numbers = free.map(({ lane }) => lane);
    for (const lane of numbers) lanes.delete(lane);
    await Promise.all(numbers.map((lane) => source.drop(lane)));
    await releaseLanes(pool, consumer, holder, numbers);
  }

  async function share(): Promise<void> {
    const before = new Map(
      [...lanes].filter(([, queue]) => isQuiet(queue)).map(([lane, { cursor }]) => [lane, cursor.seq]),
    );
    const found = await shareLanes(pool, consumer, holder, leaseMs, batch);
    const held = new Map(found.held.map((lane) => [lane.lane, lane]));
    for (const [lane, queue] of lanes) {
      const stored = held.get(lane);
      // Quiet all the time, and yet its cursor stands elsewhere: somebody has set it back, to have these events again.
      const isSetBack =
        isQuiet(queue) && before.get(lane) === queue.cursor.seq && stored?.cursor.seq !== queue.cursor.seq;
      if (!stored || isSetBack) forget(lane);
    }
    for (const [lane, stored] of held) {
      const queue = lanes.get(lane);
      if (queue) lookForLostEnd(queue, stored.published);
      if (queue) continue;
      lanes.set(lane, laneQueue(stored));
      source.take(lane, stored.cursor);
    }
    const staying = [...lanes.values()].filter(({ isLeaving }) => !isLeaving);
    const surplus = staying
      .toSorted((a, b) => a.events.length - b.events.length)
      .slice(0, Math.max(0, staying.length - found.share));
    for (const queue of surplus) queue.isLeaving = true;
    await letGo();
    options.onLanes(lanes.size);
  }

  async function holdLanes(): Promise<void> {
    while (!stopping) {
      try {
        await share();
      } catch (error) {
        onError(error, shareEveryMs);
      }
      if (!stopping) await betweenShares.wait(shareEveryMs);
    }
  }

  const holding = holdLanes();
  return {
    wake: () => source.wake(),
    async stop() {
      stopping = true;
      betweenShares.end();
      const idle = deliverer.stop();
      await advancer.flush();
      await Promise.all([holding, idle]);
      await advancer.flush();
      await source.stop();
      await releaseLanes(pool, consumer, holder, [...lanes.keys()]);
      await leave(pool, consumer, holder);
    },
  };
}
