// How events come from the outbox to the consumers that follow them.
import type { LaneBatch } from '../outbox.ts';
import type { OpenSource } from '../source.ts';

export interface Transport {
  /** Where the relay of a consumer reads. */
  source(consumer: string, holder: string): OpenSource;
  /** Resolves when the broker has confirmed every event. Absent: there is no broker, each consumer reads the outbox itself. */
  publish?(batches: LaneBatch[]): Promise<void>;
  /** Rejects when the broker does not answer. */
  answers(): Promise<unknown>;
  stop(): Promise<void>;
}
