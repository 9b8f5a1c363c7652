// Every number of the fixed replay, with its reason.

/**
 * Of the plans that are drawn. Far from the seeds of the pairs that follow: plans of one seed name the same new things, and an
 * attendance that both make, in two academies, would be taken for a lost one by the audit.
 */
export const REPLAY_SEED = 2 ** 30;

/** Long enough for a step of one in a hundred at 5 requests a second to come up. */
export const DRAWN_MS = 300_000;

/** Counted calls of each step in a pass: two, because the first page or member of a kind may be a special one. */
export const CALLS_PER_STEP = 2;

/**
 * How often the calls of every step are sent. A difference must show in all of them: with three, work that a timer happens
 * to do in one window is not mistaken for the step's.
 */
export const PASSES = 3;

/** Time between two readings of the counters. */
export const READ_EVERY_MS = 15;

/** So long the counters must have stood still to end a window in which all that is expected has come. */
export const STILL_MS = 60;

/** A read is over with its answer, or a moment later where it fills a cache; a write waits for the service's `quietMs`. */
export const READ_QUIET_MS = 500;

/** A difference that is in every call, but of many sizes, is certain when it is so many times its own standard deviation. */
export const CERTAIN_DEVIATIONS = 4;

/** A window that never gets still is ended after this. */
export const LONGEST_WINDOW_MS = 10_000;

/** What moves in this time without a request is driven by timers, and cannot be told apart from the work of a step. */
export const IDLE_MS = 3000;

/**
 * The last pass comes later by so much, longer than nearly every window: a timer whose period is just the length of a pass
 * would fall on the same call in every pass and look like its work.
 */
export const SHIFT_MS = 1500;

/** Before the replay: whatever is left from the start is done when two windows of this length show the same work. */
export const DRAIN_WINDOW_MS = 1000;
export const DRAIN_WINDOWS = 20;

/** For one call. */
export const TIMEOUT_MS = 10_000;

/** Longest text of a statement that is kept. */
export const STATEMENT_LENGTH = 2000;
