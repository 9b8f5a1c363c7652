// RabbitMQ: one exchange, and for each consumer one durable queue per lane, read by the process that holds the lane. Classic queues: a
// quorum queue that is declared shortly before a crash of the broker can lose confirmed messages (seen with 3.10).
import type { Channel, ConfirmChannel, ConsumeMessage } from 'amqplib';
import type { Metrics } from '../../telemetry/metrics.ts';
import { GROUPS } from '../consumer.ts';
import { isAfter, type Place } from '../cursor.ts';
import { LANES } from '../lanes.ts';
import type { LaneBatch } from '../outbox.ts';
import type { OpenSource, Sink } from '../source.ts';
import { EVENTS_NAME, messagesOf, readMessage } from './message.ts';
import { createLink, type Link } from './rabbitmq-link.ts';
import type { Transport } from './transport.ts';

const CONFIRM_MS = 10_000;
const SUBSCRIBE_AGAIN_MS = 500;
/** Messages beyond it are dropped at the old end. Nothing is lost: the outbox has them, and the relay fills the hole. */
const MOST_IN_QUEUE = 100_000;

export interface RabbitmqOptions {
  url: string;
  /** Most events of one lane at once; twice as many are on their way to a process. */
  batch: number;
  metrics: Pick<Metrics, 'brokerMessagesTotal'>;
  /** Hears of every absence once. */
  onAway(error: unknown): void;
}

export function rabbitmq({ url, batch, metrics, onAway }: RabbitmqOptions): Transport {
  // One each: a broker that slows down its publishers must not slow down the readers.
  const reading = createLink(url, onAway);
  const publishing = createLink(url, onAway);
  let channel: ConfirmChannel | undefined;
  publishing.onConnect(async (model) => {
    const opened = await model.createConfirmChannel();
    opened.on('error', () => {});
    // All queues: what is published before its reader has come must find its queue.
    for (const group of GROUPS) for (let lane = 0; lane < LANES; lane++) await declareQueue(opened, group, lane);
    channel = opened;
  });

  return {
    source: (consumer) => (sink) => openSource({ link: reading, consumer, batch, metrics, sink }),
    async publish(batches) {
      publishing.open();
      const events = batches.reduce((sum, { events }) => sum + events.length, 0);
      try {
        if (!channel) throw new Error('RabbitMQ is away');
        await publish(channel, batches);
        metrics.brokerMessagesTotal.inc({ operation: 'published' }, events);
      } catch (error) {
        metrics.brokerMessagesTotal.inc({ operation: 'publish_failed' }, events);
        throw error;
      }
    },
    async answers() {
      if ([reading, publishing].some((link) => link.model())) return;
      // A publisher that has had nothing to publish yet has not connected either.
      publishing.open();
      throw new Error('RabbitMQ is away');
    },
    async stop() {
      await Promise.all([reading.close(), publishing.close()]);
    },
  };
}

/** Resolves when the broker has every message on disk in every queue. A batch that fails is published again as a whole. */
async function publish(channel: ConfirmChannel, batches: LaneBatch[]): Promise<void> {
  for (const batch of batches) {
    for (const { event, content } of messagesOf(batch)) {
      channel.publish(EVENTS_NAME, String(batch.lane), content, {
        persistent: true,
        messageId: event.id,
        type: event.type,
        contentType: 'application/json',
        ...(event.traceParent && { headers: { traceparent: event.traceParent } }),
      });
    }
  }
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`RabbitMQ has not confirmed within ${CONFIRM_MS} ms`)), CONFIRM_MS);
  });
  await Promise.race([channel.waitForConfirms(), late]).finally(() => clearTimeout(timer));
}

const queueName = (consumer: string, lane: number) => `ams.${consumer}.${lane}`;

/** Whoever comes first makes it. */
async function declareQueue(channel: Channel, consumer: string, lane: number): Promise<void> {
  const queue = queueName(consumer, lane);
  await channel.assertExchange(EVENTS_NAME, 'direct', { durable: true });
  await channel.assertQueue(queue, {
    durable: true,
    // Should two processes think that they hold the lane, one of them gets the messages, in order.
    arguments: { 'x-single-active-consumer': true, 'x-max-length': MOST_IN_QUEUE },
  });
  await channel.bindQueue(queue, EVENTS_NAME, String(lane));
}

interface LaneReader {
  /** The cursor of the lane stands here. */
  passed: Place;
  isSubscribing: boolean;
  channel?: Channel;
  /** Delivered and not acknowledged yet, in the order of delivery. */
  open: { place: Place; tag: number }[];
}

interface SourceOptions extends Pick<RabbitmqOptions, 'batch' | 'metrics'> {
  link: Link;
  consumer: string;
  sink: Sink;
}

function openSource({ link, consumer, batch, metrics, sink }: SourceOptions): ReturnType<OpenSource> {
  const readers = new Map<number, LaneReader>();
  const heartbeat = setInterval(() => {
    if (link.model()) sink.onPoll();
  }, 1000);

  async function subscribe(lane: number, reader: LaneReader): Promise<void> {
    const model = link.model();
    if (!model || reader.channel || reader.isSubscribing) return;
    reader.isSubscribing = true;
    try {
      const channel = await model.createChannel();
      // What was delivered on another channel comes again on this one.
      Object.assign(reader, { channel, open: [] });
      channel.on('error', () => {});
      channel.on('close', () => lost(lane, reader, channel));
      await declareQueue(channel, consumer, lane);
      await channel.prefetch(2 * batch);
      await channel.consume(queueName(consumer, lane), (message) => {
        if (message) receive(lane, reader, message);
        else void channel.close().catch(() => {}); // The queue was deleted: declared anew when it is subscribed to again.
      });
    } catch (error) {
      sink.onError(error, SUBSCRIBE_AGAIN_MS);
      reader.channel = undefined;
      setTimeout(() => again(lane, reader), SUBSCRIBE_AGAIN_MS);
    } finally {
      reader.isSubscribing = false;
    }
  }

  function lost(lane: number, reader: LaneReader, channel: Channel): void {
    if (reader.channel !== channel) return;
    reader.channel = undefined;
    setTimeout(() => again(lane, reader), SUBSCRIBE_AGAIN_MS);
  }

  function again(lane: number, reader: LaneReader): void {
    if (readers.get(lane) === reader) void subscribe(lane, reader);
  }

  function receive(lane: number, reader: LaneReader, { content, fields }: ConsumeMessage): void {
    if (readers.get(lane) !== reader) return;
    metrics.brokerMessagesTotal.inc({ operation: fields.redelivered ? 'redelivered' : 'received' });
    sink.onPoll();
    let message: ReturnType<typeof readMessage>;
    try {
      message = readMessage(content);
    } catch (error) {
      // Should it have been an event, the next one shows the hole.
      sink.onError(error, 0);
      acknowledgeTo(reader, fields.deliveryTag, false);
      return;
    }
    const { event, place, from } = message;
    reader.open.push({ place, tag: fields.deliveryTag });
    sink.offer({ lane, from, events: [event], places: [place] });
    // It was handled before: nobody will move the cursor over it.
    if (!isAfter(place, reader.passed)) acknowledge(reader);
  }

  /** Acknowledges what lies before the cursor, oldest first, up to the first that does not. */
  function acknowledge(reader: LaneReader): void {
    const first = reader.open.findIndex(({ place }) => isAfter(place, reader.passed));
    const count = first < 0 ? reader.open.length : first;
    const last = reader.open.splice(0, count).at(-1);
    if (last) acknowledgeTo(reader, last.tag, true);
  }

  /** @param before also everything that was delivered before it */
  function acknowledgeTo({ channel }: LaneReader, tag: number, before: boolean): void {
    try {
      channel?.ack({ fields: { deliveryTag: tag } } as ConsumeMessage, before);
    } catch {
      // The channel is closing: what it has not acknowledged comes again and is known by its place.
    }
  }

  const stopListening = link.onConnect(async () => {
    for (const [lane, reader] of readers) {
      reader.channel = undefined;
      void subscribe(lane, reader);
    }
  });
  link.open();
  return {
    take(lane, passed) {
      const reader: LaneReader = { passed, isSubscribing: false, open: [] };
      readers.set(lane, reader);
      void subscribe(lane, reader);
    },
    async drop(lane) {
      const reader = readers.get(lane);
      readers.delete(lane);
      // What is not acknowledged goes back to its place in the queue.
      await reader?.channel?.close().catch(() => {});
    },
    resume() {},
    passed(lane, place) {
      const reader = readers.get(lane);
      if (!reader) return;
      reader.passed = place;
      acknowledge(reader);
    },
    wake() {},
    async stop() {
      clearInterval(heartbeat);
      stopListening();
      await Promise.all([...readers.keys()].map((lane) => this.drop(lane)));
    },
  };
}
