// The cache in the process: values by scope and key, bounded in number, bytes and life. It only trusts itself while it hears
// of every invalidation; whoever feeds those says so with `trust`. No I/O. Values are shared by all callers: nobody may change them.
import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';

/** Longest life of a value here, whatever its class allows in Redis. */
const LONGEST_LIFE_MS = 300_000;
const MOST_ENTRIES = 10_000;
const MOST_BYTES = 32 * 2 ** 20;
const LARGEST_BYTES = 2 ** 20;

interface Entry {
  value: unknown;
  scope: string;
  bytes: number;
  /** On the monotonic clock. */
  endsAtMs: number;
}

/** A value on its way: it is only kept when its scope was not invalidated since the fill began. */
export interface Fill {
  /** @param lifeMs what is left of the value's life */
  keep(key: string, value: unknown, bytes: number, lifeMs: number): void;
  /** Every fill has to be ended, kept or not. */
  end(): void;
}

export interface FirstTier {
  /** False while invalidations may be missed: look-ups should go past it, and it keeps nothing. */
  readonly trusted: boolean;
  get(scope: string, key: string): { value: unknown } | undefined;
  /** Called before the value is asked for anywhere else. */
  beginFill(scope: string): Fill;
  drop(scope: string): void;
  /** Either way it begins empty. */
  trust(trusted: boolean): void;
  readonly entries: number;
  readonly bytes: number;
}

export function createFirstTier(clock: Pick<Clock, 'monotonicMs'>): FirstTier {
  const keysOf = new Map<string, Set<string>>();
  const entries = new LRUCache<string, Entry>({
    max: MOST_ENTRIES,
    maxSize: MOST_BYTES,
    maxEntrySize: LARGEST_BYTES,
    sizeCalculation: ({ bytes }) => Math.max(1, bytes),
    noDisposeOnSet: true,
    dispose: ({ scope }, id) => {
      const keys = keysOf.get(scope);
      keys?.delete(id);
      if (keys?.size === 0) keysOf.delete(scope);
    },
  });
  /** Fills under way; an invalidation takes those of its scope out of the set, and with that their right to be kept. */
  const filling = new Map<string, Set<Fill>>();
  let trusted = false;
  const idOf = (scope: string, key: string) => `${scope} ${key}`;

  function keep(scope: string, key: string, value: unknown, bytes: number, lifeMs: number): void {
    const id = idOf(scope, key);
    entries.set(id, { value, scope, bytes, endsAtMs: clock.monotonicMs() + Math.min(lifeMs, LONGEST_LIFE_MS) });
    if (!entries.has(id)) return; // too large
    const keys = keysOf.get(scope);
    if (keys) keys.add(id);
    else keysOf.set(scope, new Set([id]));
  }

  return {
    get trusted() {
      return trusted;
    },
    get(scope, key) {
      const id = idOf(scope, key);
      const entry = entries.get(id);
      if (!entry) return undefined;
      if (clock.monotonicMs() < entry.endsAtMs) return entry;
      entries.delete(id);
      return undefined;
    },
    beginFill(scope) {
      const fill: Fill = {
        keep(key, value, bytes, lifeMs) {
          if (trusted && lifeMs > 0 && filling.get(scope)?.has(fill)) keep(scope, key, value, bytes, lifeMs);
        },
        end() {
          const others = filling.get(scope);
          others?.delete(fill);
          if (others?.size === 0) filling.delete(scope);
        },
      };
      const others = filling.get(scope);
      if (others) others.add(fill);
      else filling.set(scope, new Set([fill]));
      return fill;
    },
    drop(scope) {
      filling.delete(scope);
      for (const id of [...(keysOf.get(scope) ?? [])]) entries.delete(id);
    },
    trust(now) {
      trusted = now;
      filling.clear();
      entries.clear();
    },
    get entries() {
      return entries.size;
    },
    get bytes() {
      return entries.calculatedSize;
    },
  };
}
