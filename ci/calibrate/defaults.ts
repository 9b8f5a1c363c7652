// Every default of the calibration with its reason.

/** What is recorded, in this order. Shares are of what equal builds of the same recording use. */
export const KINDS = [
  'aa',
  'delay:1ms',
  'cpu:5%',
  'query:1',
  'tail:5%:60ms',
  'late:20ms:after=900',
  'alloc:256KiB',
  'noindex',
  'nocache',
  'lock:10ms',
  'query:1:mongodb',
  'delay:0.5ms',
  'delay:2ms',
] as const;

/** Equal builds say how often the gate is wrong, and every share is measured against them: so they come first, and oftener. */
export const AA_FIRST = 24;
export const AA_WEIGHT = 3;

/**
 * Pairs of one kind after another on the same databases: half of the gates of equal builds need so many. Each stint is counted
 * before and confirmed by turns after, as a gate is.
 */
export const STINT_PAIRS = 6;

/** Busy neighbours: one process a core, bursts and pauses of exponential length with these means. A quarter of every core. */
export const NEIGHBOUR = { busyMs: 500, idleMs: 1500 } as const;

/** Gates that are replayed in each cell. The interval of a share of 1 % is then 0.5 to 1.8 %. */
export const GATES = 1000;
/** Consecutive pairs that are drawn together. */
export const BLOCK_PAIRS = 3;
/** Slowdowns made from equal builds by multiplying head's response times: their size is known exactly. */
export const SCALED = [1.05, 1.1, 1.2] as const;
/** Earlier runs that a test on history sees: the example of Bencher itself. */
export const HISTORY_RUNS = 64;

export const SEED = 20_261_123;
