// The wake-up between the processes: after a commit the API says over Redis "there are events", and the relay polls at once.
// Only a hint: it may get lost, come twice or come early. Polling is the truth.
import type { Redis } from 'ioredis';

const CHANNEL = 'ams:outbox';
/** At most one message in this time per process: one poll takes all events that came meanwhile. */
const COALESCE_MS = 5;

export interface Waker {
  /** Never waits and never fails. */
  hint(): void;
  /** Calls back on every hint of any process, on a connection of its own. */
  listen(onHint: () => void): { close(): void };
}

export function createWaker(redis: Redis): Waker {
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
    listen(onHint) {
      // A subscription is no command with an answer to wait for.
      const connection = redis.duplicate({ commandTimeout: undefined });
      // Without Redis polling goes on; the process's main connection already reports that it is away.
      connection.on('error', () => {});
      connection.on('ready', () => void connection.subscribe(CHANNEL).catch(() => {}));
      connection.on('message', onHint);
      return { close: () => connection.disconnect() };
    },
  };
}
