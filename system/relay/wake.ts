// The wake-up between the processes: after a commit the API says over Redis "there are events", and the relay polls at once.
// Only a hint: it may get lost, come twice or come early. Polling is the truth.
import { listen, type RedisClient } from '../cache/redis.ts';

const CHANNEL = 'ams:outbox';
/** At most one message in this time per process: one poll takes all events that came meanwhile. A lone command never waits. */
const COALESCE_MS = 15;

export interface Waker {
  /** Never waits and never fails. */
  hint(): void;
  /** Calls back on every hint of any process, on a connection of its own. */
  listen(onHint: () => void): { close(): void };
}

export function createWaker(redis: RedisClient): Waker {
  let pending = false;
  let due: NodeJS.Timeout | undefined;
  const publish = () => void redis.publish(CHANNEL, '').catch(() => {});
  return {
    hint() {
      if (due) {
        pending = true;
        return;
      }
      publish();
      due = setTimeout(() => {
        due = undefined;
        if (pending) publish();
        pending = false;
      }, COALESCE_MS).unref();
    },
    listen: (onHint) => listen(redis, [CHANNEL], { heard: onHint }),
  };
}
