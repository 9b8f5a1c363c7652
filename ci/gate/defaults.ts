// Every default of the gate with its reason. Nothing else in ci/gate holds a number that somebody might want to change.

/** Shape of one pair: one start of both arms' servers, one plan carried out by both at the same time. */
export const PAIR = {
  /**
   * Share of the workload's average rate that each arm gets. Both arms, their databases and two generators share the
   * machine: at the full rate two cores are 60 % busy and queueing decides the p95, not the build.
   */
  rateShare: 0.7,
  /**
   * A fresh Node process compiles as it goes: its p95 settles after some 1,000 requests, and until then it is twice as
   * high and scatters twice as much. So the warm-up has more than the rate of the run.
   */
  warmUpRateShare: 1.4,
  warmUpMs: 9000,
  /**
   * The arm that starts second sends each request this much later than the other one. Without it the same request meets
   * both arms within a few milliseconds, a whole turn long in the same order, and the second one always waits for the CPU:
   * the log p95 ratio of equal builds had an sd of 9 to 25 % a pair (5 gates), with the stagger and a rehearsal 7 to 14 % (5).
   */
  staggerMs: 500,
  /** 840 requests an arm at 70/s: the 95th percentile rests on 42 samples, and starting the servers stays the smaller part. */
  measuredMs: 12_000,
} as const;

export const RULE = {
  /** Slower than this is never passed. Users of fixed ratios below their noise raise them until they are useless; 10 % can be kept. */
  tolerance: 0.1,
  /** A slowdown that is real but smaller than this is no reason to stop a merge. */
  minimumEffect: 0.05,
  /** Chance that a gate of two equal builds ends in REGRESSION, over both primary metrics and all looks. */
  falseAlarm: 0.01,
  /** Chance that a build slower than the tolerance ends in PASS, over all looks. */
  falsePass: 0.05,
  /** Power at which the minimum detectable effect is stated. */
  power: 0.9,
  /** Both error chances are spent as (pairs / cap)^spending: late looks decide, a large effect may still stop the gate at pair 4. */
  spending: 2,
  /** Fewer than 4 pairs leave 2 degrees of freedom or less: the bounds say nothing. */
  looks: [4, 6, 8, 12],
  /** No PASS before: with fewer pairs no scatter that a machine shows could pass, and looking would only spend the chance. */
  firstPass: 8,
  pairCap: 12,
  /** Beyond the listed looks (`--pairs 24`), one more look every so many pairs. */
  laterLookEvery: 4,
} as const;

export const ERRORS = {
  /** An arm is failing when it fails this much more of its requests than the other one, or than none. */
  excessRatio: 0.01,
  /** Fewer errors than this are an accident, not a ratio. */
  minimumCount: 20,
} as const;

/** Pairs repeated because they could not be trusted, in the whole gate. More means that this machine cannot measure now. */
export const REPEATS = 3;

/** Seed of the first pair's plan; pair i takes seed + i. Fixed, so that two gates of the same commits send the same requests. */
export const SEED = 1;

/** Lines of a process's log that are shown when it does not start. */
export const LOG_LINES = 12;
