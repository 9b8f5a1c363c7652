// Empties one channel's queue: some messages at once, each on its own, and nothing that happens here touches another channel.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import type { ChannelName } from './channels.ts';
import type { Queue, Queued } from './queue.ts';

export interface SenderSettings {
  /** Messages on their way at once. */
  concurrency: number;
  /** Longest pause between two looks into an empty queue; `wake` ends it. */
  pollMs: number;
  /** Longer than a message can take with all its tries, or it is sent twice. */
  leaseMs: number;
  /** At a stop, time for messages that are on their way. */
  graceMs: number;
}

export interface Sender {
  wake(): void;
  /** Takes no more; what is still on its way after the grace is cut off and stays in the queue. */
  stop(): Promise<void>;
}

/** @param onError hears when the queue cannot be read or written; it goes on after a pause */
export function startSender(
  channel: ChannelName,
  { concurrency, pollMs, leaseMs, graceMs }: SenderSettings,
  parts: {
    queue: Queue;
    clock: Clock;
    /** False while taking a message could come to nothing. */
    mayTake(): boolean;
    deliver(item: Queued, stop: AbortSignal): Promise<void>;
    onError(error: unknown): void;
  },
): Sender {
  const cut = new AbortController();
  const underWay = new Set<Promise<void>>();
  let stopping = false;
  let woken = new AbortController();

  async function pause(): Promise<void> {
    await sleep(pollMs, undefined, { signal: woken.signal }).catch(() => {});
    woken = new AbortController();
  }

  function begin(item: Queued): void {
    const delivery: Promise<void> = parts
      .deliver(item, cut.signal)
      .catch(parts.onError)
      .finally(() => underWay.delete(delivery));
    underWay.add(delivery);
  }

  async function run(): Promise<void> {
    while (!stopping) {
      if (underWay.size >= concurrency) await Promise.race(underWay);
      try {
        const item = parts.mayTake() ? await parts.queue.take(channel, parts.clock.now(), leaseMs) : null;
        if (item) begin(item);
        else if (!stopping) await pause();
      } catch (error) {
        parts.onError(error);
        if (!stopping) await pause();
      }
    }
  }

  const running = run();
  return {
    wake: () => woken.abort(),
    async stop() {
      stopping = true;
      woken.abort();
      const limit = setTimeout(() => cut.abort(), graceMs);
      await running;
      await Promise.all(underWay);
      clearTimeout(limit);
    },
  };
}
