// What counting both arms gives: differences that are certain, with the statement behind each; sums per step; what is not exact.
import type { Counter, PartOfCounter } from './counter.ts';

/** One counter of one statement in one step. `base` and `head` are per call of the step: means over the replay. */
export interface CounterRow {
  step: string;
  part: PartOfCounter;
  counter: Counter;
  /** The SQL, the shape of a MongoDB operation, a Redis command, a log line, a span; null where there is none. */
  statement: string | null;
  base: number;
  head: number;
  /** `new`: the base never runs this statement, in no step. `removed`: the head never does. */
  change: 'new' | 'removed' | 'changed';
}

/** All statements of one counter in one step together, per call. */
export interface TotalRow {
  step: string;
  counter: Counter;
  base: number;
  head: number;
  /** The head certainly does more here: what fails the gate. */
  isMore: boolean;
}

/** Work that goes on without any request. */
export interface IdleRow {
  counter: Counter;
  statement: string | null;
  basePerSecond: number;
  headPerSecond: number;
}

export interface Counted {
  /** MORE: some step certainly does more work on head. CHANGED: other or less work. SAME: the same, count by count. */
  verdict: 'SAME' | 'CHANGED' | 'MORE';
  /** Certain differences, those of failing sums first. */
  rows: CounterRow[];
  /** Every step and counter, different or not. */
  totals: TotalRow[];
  /** Differences that do not repeat: shown, never judged. */
  notExact: CounterRow[];
  /** Counters of timer-driven work, which no step can be told from. */
  idle: IdleRow[];
  /** What could not be counted, and why. */
  notCounted: string[];
  /** Counted calls per step. */
  callsPerStep: number;
  seconds: number;
}
