// What is counted: the names of the counters, the part each one is read from, and the key under which a count is kept.

export type PartOfCounter = 'postgres' | 'mongodb' | 'redis' | 'service';

interface CounterSpec {
  part: PartOfCounter;
  label: string;
  /** Growth of a step's sum, as a share of the base, up to which it is not held against the head. */
  allowedShare?: number;
}

/** Every counter, most telling first: the order of every table. */
export const COUNTERS = {
  'failed-answers': { part: 'service', label: 'failed answers' },
  'sql-statements': { part: 'postgres', label: 'SQL statements' },
  'sql-rows': { part: 'postgres', label: 'SQL rows' },
  'mongodb-operations': { part: 'mongodb', label: 'MongoDB operations' },
  'documents-examined': { part: 'mongodb', label: 'documents examined' },
  'keys-examined': { part: 'mongodb', label: 'index keys examined' },
  'documents-returned': { part: 'mongodb', label: 'documents returned' },
  'redis-commands': { part: 'redis', label: 'Redis commands' },
  events: { part: 'service', label: 'events' },
  // A new field in an answer is no regression; a page that has lost its limit is.
  'answer-bytes': { part: 'service', label: 'bytes of the answer', allowedShare: 0.1 },
  'log-lines': { part: 'service', label: 'log lines' },
  spans: { part: 'service', label: 'spans' },
} as const satisfies Record<string, CounterSpec>;

export type Counter = keyof typeof COUNTERS;

export const COUNTER_NAMES = Object.keys(COUNTERS) as Counter[];

export const specOf = (counter: Counter): CounterSpec => COUNTERS[counter];

/** Counts so far or in one window, by key. */
export type Counts = Map<string, number>;

/** The key of a counter and the statement behind it; `null` where a counter has none (bytes, events). */
export const keyOf = (counter: Counter, statement: string | null): string => `${counter}\t${statement ?? ''}`;

export function readKey(key: string): { counter: Counter; statement: string | null } {
  const at = key.indexOf('\t');
  return { counter: key.slice(0, at) as Counter, statement: key.slice(at + 1) || null };
}

export function add(counts: Counts, key: string, by: number): void {
  if (by !== 0) counts.set(key, (counts.get(key) ?? 0) + by);
}

/** What was counted between two readings; keys that stood still are left out. */
export function between(before: Counts, after: Counts): Counts {
  const moved: Counts = new Map();
  for (const [key, value] of after) add(moved, key, value - (before.get(key) ?? 0));
  return moved;
}
