// What reads the counters of one part.
import type { Counts } from '../counter.ts';

export interface CounterReader {
  /** Counts since the reader was opened or before; only differences between two readings mean anything. */
  read(): Promise<Counts>;
  close(): Promise<void>;
}
