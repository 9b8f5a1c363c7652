// What happens to one notification that a channel has taken from its queue: sent, moved to the next channel, tried again
// later, or given up for an operator to look at.
import type { Clock } from '../clock.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { type ChannelName, nextChannel, type ProviderUrls, requestOf } from './channels.ts';
import { noticeOf, studentOf } from './notices.ts';
import type { people } from './people.ts';
import { Away, type Provider } from './provider.ts';
import type { Queue, Queued } from './queue.ts';

/** While the last channel is away, or the read model does not know the people yet. */
const LATER_MS = 5000;
/** A read model that is this far behind is a matter for an operator: 5 s times this is a minute. */
const MOST_UNKNOWN = 12;
/** A message on which so many processes died is not given to another. */
const MOST_UNFINISHED = 3;

export interface DeliverParts {
  queue: Queue;
  peopleOf: ReturnType<typeof people>;
  urls: ProviderUrls;
  metrics: Pick<Metrics, 'notificationsTotal'>;
  clock: Clock;
  log: Logger;
}

/** Never rejects for the provider's sake, only when MongoDB does not answer: then the lease brings the message back. */
export function createDeliver(parts: DeliverParts) {
  const { queue, peopleOf, urls, metrics, clock, log } = parts;
  const count = (channel: ChannelName, outcome: string) => metrics.notificationsTotal.inc({ channel, outcome });

  async function settle(item: Queued, outcome: 'sent' | 'needless'): Promise<void> {
    if (await queue.settle(item, outcome, clock.now())) count(item.channel, outcome);
  }

  async function later(item: Queued, reason: string, pauseMs: number): Promise<void> {
    const at = clock.now();
    const dueAt = new Date(at.getTime() + pauseMs);
    if (await queue.again(item, { channel: item.channel, dueAt, reason, at })) count(item.channel, 'postponed');
  }

  async function bury(item: Queued, reason: string): Promise<void> {
    if (!(await queue.bury(item, reason, clock.now()))) return;
    count(item.channel, 'dead');
    const { tenantId, aggregateId, version, type } = item.event;
    const detail = { channel: item.channel, aggregateId, version, type, reason };
    log.error({ tenantId, useCase: 'notify', detail }, 'a notification became a dead letter');
  }

  /** To the next channel; after the last one `atEnd` decides. */
  async function onward(item: Queued, reason: string, atEnd: () => Promise<void>): Promise<void> {
    const channel = nextChannel(item.channel, urls);
    if (!channel) return atEnd();
    const at = clock.now();
    if (await queue.again(item, { channel, dueAt: at, reason, at })) count(item.channel, 'moved');
  }

  return async (item: Queued, provider: Provider, stop: AbortSignal): Promise<void> => {
    const { event, channel, startedAttempts, finishedAttempts } = item;
    if (startedAttempts - finishedAttempts > MOST_UNFINISHED) {
      return bury(item, `sending was begun ${startedAttempts} times and ended ${finishedAttempts} times`);
    }
    const told = await peopleOf(event.tenantId, studentOf(event)!);
    if (!told) {
      const isLate = item.failures.length >= MOST_UNKNOWN;
      const reason = 'the read model knows no such student or guardian';
      return isLate ? bury(item, reason) : later(item, reason, LATER_MS);
    }
    if (!told.guardian) return settle(item, 'needless');
    const body = requestOf(channel, told.guardian, noticeOf(event, told.studentName));
    if (!body) return onward(item, 'no phone number', () => settle(item, 'needless'));
    try {
      await provider.send({ id: item._id, body, traceParent: event.traceParent }, stop);
    } catch (error) {
      const reason = (error as Error).message;
      if (stop.aborted) return later(item, 'the process stopped', 0);
      if (error instanceof Away) return onward(item, reason, () => later(item, reason, LATER_MS));
      return onward(item, reason, () => bury(item, reason));
    }
    return settle(item, 'sent');
  };
}
