// Every default of the gate with its reason. Nothing else in ci/gate holds a number that somebody might want to change.
// Figures named "recorded" are of 20 A/A pairs with 12 s measured on two shared cores, 2026-11-23, unless another source is named.

/** Shape of one pair: one start of both arms' servers, one plan carried out by both at the same time. */
export const PAIR = {
  /**
   * Share of the workload's average rate that each arm gets. Both arms, their databases and two generators share the
   * machine: at the full rate two cores are 60 % busy and queueing decides the p95, not the build.
   */
  rateShare: 0.7,
  /**
   * A fresh Node process compiles as it goes, so the warm-up has more than the rate of the run: some 800 requests. Recorded: the
   * typical response time falls from 8.9 ms (first 1.5 s) to 3.1 ms (after 6 s) and 2.4 ms (after 18 s), the same in both arms.
   */
  warmUpRateShare: 1.6,
  warmUpMs: 7500,
  /**
   * The arm that starts second sends each request this much later than the other one. Without it the same request meets
   * both arms within a few milliseconds, a whole turn long in the same order, and the second one always waits for the CPU:
   * the log p95 ratio of equal builds had an sd of 9 to 25 % a pair (5 gates), with the stagger and a rehearsal 7 to 14 % (5).
   */
  staggerMs: 500,
  /**
   * 1,260 requests an arm at 70/s: the 95th percentile rests on 63 samples. Recorded: nearly all of the scatter of a pair is
   * within a start (the covariance of its halves is zero), so a longer turn is worth more than another start of 11 s.
   */
  measuredMs: 18_000,
} as const;

/** A shared machine stands still now and then, for both arms at once: those windows are left out of both (stalls.ts). */
export const STALLS = {
  windowMs: 500,
  /** Fewer requests than this make no quartile: at a low rate the windows are longer. */
  minimumCount: 15,
  /**
   * So many times slower than usual is a stall. Recorded: 1.3 % of the windows, and the sd of the log p95 ratio of a pair falls from 17 %
   * to 7 %, that of the geometric mean from 2.8 % to 1.5 %. Windows of 250 to 1000 ms and factors of 2 to 3 give the same within the noise.
   */
  factor: 2.5,
  /** With more than this share of a pair left out the machine cannot measure now: the pair is INVALID and repeated. */
  mostLeftOut: 1 / 3,
} as const;

export const RULE = {
  /** Slower than this is never passed. Users of fixed ratios below their noise raise them until they are useless; 10 % can be kept. */
  tolerance: 0.1,
  /** A slowdown that is real but smaller than this is no reason to stop a merge. */
  minimumEffect: 0.05,
  /** Chance that a gate of two equal builds ends in REGRESSION, over all primary metrics and all looks. */
  falseAlarm: 0.01,
  /** Chance that a build slower than the tolerance ends in PASS, over all looks. */
  falsePass: 0.05,
  /** Power at which the minimum detectable effect is stated. */
  power: 0.9,
  /** The chance of a false alarm is spent as (pairs / cap)^spending: late looks decide, a large effect may still stop the gate at pair 4. */
  spending: 2,
  /** Fewer than 4 pairs leave 2 degrees of freedom or less: the bounds say nothing. */
  looks: [4, 6, 8, 10, 13, 16],
  /** No PASS before: with 5 pairs the p95 of equal builds would pass every third time, and looking spends the chance. */
  firstPass: 6,
  pairCap: 16,
  /** Beyond the listed looks (`--pairs 32`), one more look every so many pairs, at most LATER_LOOKS of them. */
  laterLookEvery: 4,
} as const;

/** Minutes from the start of the gate to its verdict: a reviewer waits this long and no longer. */
export const MINUTES = 10;

/**
 * How metrics are judged, as shares of the tolerance and of the minimum effect. CPU and allocation scatter by 1 to 2 % a pair and
 * are paid for by everybody: one more query in a handler is 5 % of them, so they are judged at half the size.
 */
export const JUDGED = { response: 1, cost: 0.5 } as const;

export const ERRORS = {
  /** An arm is failing when it fails this much more of its requests than the other one, or than none. */
  excessRatio: 0.01,
  /** Fewer errors than this are an accident, not a ratio. */
  minimumCount: 20,
  /** Failing by this much more in each of so many pairs needs no further pair. */
  plain: { excessRatio: 0.1, pairs: 2 },
} as const;

/** A REGRESSION by response times alone is confirmed by turns before it is said (confirm.ts). */
export const CONFIRM = {
  /** Longer than any request, so that one arm's work is over when the other's begins; short, because machines drift within a minute. */
  sliceMs: 2000,
  /** The two generators begin some 100 ms apart. */
  gapMs: 250,
  /** Slices of each arm. */
  slices: 10,
} as const;

/** Lag probes per second beside the load of each arm: one is a write and some five reads. */
export const LAG_PROBES_PER_SECOND = 1;

/** Wall clock and monotonic clock may differ by this much over a turn; a slewing clock (500 ppm) differs by 15 ms in 30 s. */
export const CLOCK_JUMP_MS = 100;

/** Pairs repeated because they could not be trusted, in the whole gate. More means that this machine cannot measure now. */
export const REPEATS = 3;

/** Seed of the first pair's plan; pair i takes seed + i. Fixed, so that two gates of the same commits send the same requests. */
export const SEED = 1;

/** Lines of a process's log that are shown when it does not start. */
export const LOG_LINES = 12;
