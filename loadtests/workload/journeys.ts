// Who does what next: journeys of several steps threaded through arrivals whose times are given. Pure.
import { weighted } from './pick.ts';
import type { Random } from './random.ts';

/** What a person does in a row, with time to think between the steps. */
export interface Journey<Step extends string = string> {
  role: string;
  /** How often it is begun, against the others', over a day. */
  weight: number;
  steps: readonly Step[];
  /** Mean time between the answer that one expects and the next step; the first step needs none. */
  thinkSeconds: number;
  /** Around full hours at which lessons begin it is begun `times` as often: from so many minutes before (negative) until so many after. */
  burst?: { fromMinute: number; toMinute: number; times: number };
}

/** A journey that somebody is on. */
export interface Visit<Step extends string = string> {
  /** Which one of the plan, from 0. */
  number: number;
  name: string;
  journey: Journey<Step>;
  /** The step that comes next, or now. */
  at: number;
}

/** Longest think time, as a multiple of the mean: nobody comes back after an hour (TPC-C 5.2.5.4, TPC-W 5.3.1.1). */
const LONGEST_THINK = 10;
/**
 * Of the chance that an arrival has in the long run to be a first step, so much always remains: after the rate has fallen,
 * those who are under way do not keep everybody else out.
 */
const KEPT_FOR_NEW = 0.5;
/** Before time zero people are under way already: so long is played without sending, so that the mix is right from the start. */
const BEFORE_SECONDS = 60;

/** How often each journey is begun at a moment, in the order of the journeys; only ratios count. */
export type WeightsAt = (atMs: number) => readonly number[];

export interface Threading<Step extends string> {
  journeys: Record<string, Journey<Step>>;
  weightsAt: WeightsAt;
  /** Arrivals per second at time zero: so many come in the time before it. */
  ratePerSecond: number;
  random: Random;
}

/**
 * Says of each arrival which step of whose visit it is. Ask in the order of time. An arrival takes the step that is due for
 * longest; when none is due, and now and then anyhow, somebody new begins. So the arrivals stay exactly those that were given
 * (Poisson stays Poisson), each visit keeps its order, and its pauses are think times plus the wait for the next arrival.
 */
export function thread<Step extends string>(threading: Threading<Step>): (atMs: number) => Visit<Step> {
  const { journeys, weightsAt, ratePerSecond, random } = threading;
  const names = Object.keys(journeys);
  const due = new DueQueue<Visit<Step>>();
  let started = 0;

  const begin = (atMs: number): Visit<Step> => {
    const name = names[weighted(weightsAt(atMs))(random)]!;
    return { number: started++, name, journey: journeys[name]!, at: 0 };
  };
  const shareOfFirst = (atMs: number) => {
    const weights = weightsAt(atMs);
    const steps = names.reduce((sum, name, n) => sum + weights[n]! * journeys[name]!.steps.length, 0);
    return weights.reduce((a, b) => a + b, 0) / steps;
  };
  const next = (atMs: number): Visit<Step> => {
    const isDue = due.firstMs <= atMs && random() >= KEPT_FOR_NEW * shareOfFirst(atMs);
    const visit = isDue ? due.take() : begin(atMs);
    if (visit.at + 1 < visit.journey.steps.length) {
      const mean = visit.journey.thinkSeconds * 1000;
      const thinkMs = Math.min(-Math.log(1 - random()), LONGEST_THINK) * mean;
      due.add(atMs + thinkMs, { ...visit, at: visit.at + 1 });
    }
    return visit;
  };

  const before = Math.round(BEFORE_SECONDS * ratePerSecond);
  for (let n = before; n > 0; n--) next(-(n / ratePerSecond) * 1000);
  return next;
}

/** Ordered by when something is due: a binary heap (Williams 1964). */
class DueQueue<T> {
  readonly #heap: { atMs: number; item: T }[] = [];

  /** Infinity when there is nothing. */
  get firstMs(): number {
    return this.#heap[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  add(atMs: number, item: T): void {
    const heap = this.#heap;
    let place = heap.length;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (heap[above]!.atMs <= atMs) break;
      heap[place] = heap[above]!;
      place = above;
    }
    heap[place] = { atMs, item };
  }

  /** The item that is due first. There must be one. */
  take(): T {
    const heap = this.#heap;
    const first = heap[0]!.item;
    const last = heap.pop()!;
    let place = 0;
    for (let below = 1; below < heap.length; below = 2 * place + 1) {
      if (below + 1 < heap.length && heap[below + 1]!.atMs < heap[below]!.atMs) below++;
      if (heap[below]!.atMs >= last.atMs) break;
      heap[place] = heap[below]!;
      place = below;
    }
    if (heap.length > 0) heap[place] = last;
    return first;
  }
}
