// Events that a consumer has handled, for consumers whose effect no version guards. Deliveries come at least once; those that come
// again soon are seen here. A hint only: what must never happen twice needs a guard where it happens.
import type { Guard } from './guard.ts';

/** Redeliveries follow a crash or a lost lease within minutes. */
const LIFE_SECONDS = 3600;

export interface Dedupe {
  /** Those of the ids that were marked. Empty while Redis does not answer. Never rejects. */
  seen(ids: string[]): Promise<Set<string>>;
  /** Called after the effect. Lost while Redis does not answer. Never rejects. */
  mark(ids: string[]): Promise<void>;
}

/** @param group consumers of different groups see the same events, each for itself */
export function createDedupe({ redis, group }: { redis: Guard; group: string }): Dedupe {
  // One slot per group, so that one command asks for a whole batch.
  const keyOf = (id: string) => `seen:{${group}}:${id}`;
  return {
    async seen(ids) {
      if (ids.length === 0) return new Set();
      const marks = await redis.ask((client) => client.mget(ids.map(keyOf))).catch(() => []);
      return new Set(ids.filter((_, i) => marks[i] != null));
    },
    async mark(ids) {
      await redis
        .ask((client) => Promise.all(ids.map((id) => client.set(keyOf(id), 1, 'EX', LIFE_SECONDS))))
        .catch(() => {});
    },
  };
}
