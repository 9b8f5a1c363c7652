// Hands waiting events over, several lanes at once but never two batches of one lane, and decides what becomes of those that fail.
import type { Letter } from './consumer.ts';
import type { OutboxEvent } from './event.ts';
import { firstOf, isSuspect, type LaneQueue } from './lane-queue.ts';
import { handfulOf } from './lanes.ts';
import type { LaneBatch } from './outbox.ts';

/** While one batch waits for its database, the next is prepared. More would only wait in line. */
const MOST_IN_HAND = 2;
const FIRST_BACK_OFF_MS = 100;
const LONGEST_BACK_OFF_MS = 5000;
/** A batch that fails alone so often is taken apart: one event at a time shows which one it is. */
const MOST_BATCH_FAILURES = 2;
/** An event that was alone in hand when the process ended so often is given up. */
const MOST_UNFINISHED = 2;

export interface Handler {
  /** As `Consumer.handle`, with the places. */
  handle(batches: LaneBatch[]): Promise<void>;
  checkpoint?(): Promise<void>;
  bury?(event: OutboxEvent, letter: Letter): Promise<void>;
  answers?(): Promise<unknown>;
}

export interface DeliverOptions extends Handler {
  /** Most events of one lane at once. */
  batch: number;
  /** Failures of one event alone before it is buried. */
  mostAttempts: number;
  lanes: ReadonlyMap<number, LaneQueue>;
  /** The first events of a lane are taken care of: takes them out and moves the cursor. */
  onHandled(queue: LaneQueue, count: number): void;
  /** Resolves when the cursor of the lane has moved. */
  settled(queue: LaneQueue): Promise<void>;
  /** Keeps the attempts of a lane where a crash cannot lose them. False: somebody else holds the lane by now. */
  mark(queue: LaneQueue): Promise<boolean>;
  count(outcome: 'handled' | 'retried' | 'buried', events: number): void;
  onError(error: unknown, nextTryMs: number): void;
}

export interface Deliverer {
  /** Begins whatever can be begun. */
  schedule(): void;
  /** Nothing new is begun; resolves when nothing is in hand. */
  stop(): Promise<void>;
}

export function createDeliverer(options: DeliverOptions): Deliverer {
  const { lanes } = options;
  let inHand = 0;
  let isSuspectInHand = false;
  let isScheduled = false;
  let stopping = false;
  let onIdle = () => {};
  const timers = new Set<NodeJS.Timeout>();

  /** Not at once: one poll, or one packet of a broker, offers several lanes one after the other, and they go together. */
  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    queueMicrotask(() => {
      isScheduled = false;
      begin();
    });
  }

  function begin(): void {
    while (!stopping && inHand < MOST_IN_HAND) {
      const ready = [...lanes.values()].filter(
        ({ isBusy, isResting, isLeaving, events }) => !isBusy && !isResting && !isLeaving && events.length > 0,
      );
      // One suspect lane at a time, so that the others go on beside it.
      const suspect = isSuspectInHand ? undefined : ready.find(isSuspect);
      const chosen = suspect ? [suspect] : together(ready.filter((queue) => !isSuspect(queue)));
      if (chosen.length === 0) return;
      if (suspect) isSuspectInHand = true;
      inHand++;
      for (const queue of chosen) queue.isBusy = true;
      const carried = suspect && handful(suspect) === 1 ? carryOne(suspect) : carry(chosen);
      void carried.finally(() => {
        inHand--;
        if (suspect) isSuspectInHand = false;
        for (const queue of chosen) queue.isBusy = false;
        begin();
        if (inHand === 0) onIdle();
      });
    }
  }

  /** A few events all at once, because each batch costs its commands however little it carries; of many half of the lanes, so that there is a second batch to prepare. */
  function together(sound: LaneQueue[]): LaneQueue[] {
    const waiting = sound.reduce((sum, { events }) => sum + events.length, 0);
    return waiting <= options.batch ? sound : sound.slice(0, Math.ceil(lanes.size / MOST_IN_HAND));
  }

  const handful = ({ apart, deaths }: LaneQueue) => (apart > 0 ? 1 : handfulOf(deaths, options.batch));

  async function carry(chosen: LaneQueue[]): Promise<void> {
    const batches = chosen.map((queue) => firstOf(queue, handful(queue)));
    try {
      await options.handle(batches);
    } catch (error) {
      const isAway = await partsAway();
      for (const [i, queue] of chosen.entries()) {
        options.count('retried', batches[i]!.events.length);
        if (!isAway && ++queue.failures >= MOST_BATCH_FAILURES && options.bury) {
          queue.apart = batches[i]!.events.length;
        }
      }
      rest(chosen, error);
      return;
    }
    const wereSuspect = chosen.filter(isSuspect);
    for (const [i, queue] of chosen.entries()) done(queue, batches[i]!.events.length, 'handled');
    await Promise.all(wereSuspect.map((queue) => options.settled(queue)));
  }

  /** The first event of a lane alone: marked before, so that a process that ends over it leaves a trace. */
  async function carryOne(queue: LaneQueue): Promise<void> {
    const event = queue.events[0]!;
    const unfinished = queue.startedAttempts - queue.finishedAttempts;
    try {
      if (options.bury && (queue.finishedAttempts >= options.mostAttempts || unfinished >= MOST_UNFINISHED)) {
        const { startedAttempts, finishedAttempts } = queue;
        const reason = queue.reason || `the process ended ${unfinished} times while it handled this event`;
        await options.bury(event, { reason, startedAttempts, finishedAttempts });
        done(queue, 1, 'buried');
        await options.settled(queue);
        return;
      }
      queue.startedAttempts++;
      if (!(await options.mark(queue))) return;
    } catch (error) {
      rest([queue], error);
      return;
    }
    try {
      await options.handle([firstOf(queue, 1)]);
    } catch (error) {
      options.count('retried', 1);
      queue.reason = error instanceof Error ? error.message : String(error);
      if (await partsAway()) queue.startedAttempts--;
      else queue.finishedAttempts++;
      // Not stored in time, it counts as begun and not ended, which is the careful side.
      await options.mark(queue).catch((problem) => options.onError(problem, 0));
      rest([queue], error);
      return;
    }
    done(queue, 1, 'handled');
    await options.settled(queue);
  }

  function done(queue: LaneQueue, events: number, outcome: 'handled' | 'buried'): void {
    options.count(outcome, events);
    queue.failures = 0;
    queue.rests = 0;
    options.onHandled(queue, events);
  }

  /** True when a part that handling needs does not answer: then a failure says nothing about the events. */
  async function partsAway(): Promise<boolean> {
    if (!options.answers) return false;
    return options.answers().then(
      () => false,
      () => true,
    );
  }

  function rest(chosen: LaneQueue[], error: unknown): void {
    let waitMs = 0;
    for (const queue of chosen) {
      waitMs = Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** queue.rests++);
      queue.isResting = true;
      const timer = setTimeout(() => {
        timers.delete(timer);
        queue.isResting = false;
        schedule();
      }, waitMs);
      timers.add(timer);
    }
    options.onError(error, waitMs);
  }

  return {
    schedule,
    async stop() {
      stopping = true;
      for (const timer of timers) clearTimeout(timer);
      if (inHand > 0) await new Promise<void>((resolve) => (onIdle = resolve));
    },
  };
}
