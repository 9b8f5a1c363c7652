// Kafka: one topic with a partition per lane. The process that holds a lane reads its partition; how far it has come is kept beside the
// lane's cursor in PostgreSQL, moved with it in one statement, so that neither can be ahead of the other.
import { Admin, Consumer, Producer } from '@platformatic/kafka';
import type { Metrics } from '../../telemetry/metrics.ts';
import { LANES } from '../lanes.ts';
import type { LaneBatch } from '../outbox.ts';
import { createPause } from '../pause.ts';
import type { OpenSource, Sink } from '../source.ts';
import { batchesOf, EVENTS_NAME, messagesOf, readMessage } from './message.ts';
import type { Transport } from './transport.ts';

const ANSWER_MS = 5000;
/** How long the broker holds a fetch that finds nothing. A lane that is taken meanwhile waits as long, at most. */
const LONG_POLL_MS = 100;
const FETCH_BYTES = 256 * 1024;
/** Events of a lane in one request: well below the megabyte that a broker takes by default. */
const EVENTS_PER_REQUEST = 100;
const FIRST_BACK_OFF_MS = 100;
const LONGEST_BACK_OFF_MS = 5000;
/** What Kafka takes for a time (ListOffsets). */
const OLDEST = -2n;
const END = -1n;

export interface KafkaOptions {
  /** `host:port`, several separated by commas. */
  brokers: string;
  /** Most events of one lane at once. */
  batch: number;
  metrics: Pick<Metrics, 'brokerMessagesTotal'>;
}

export function kafka({ brokers, batch, metrics }: KafkaOptions): Transport {
  // The relay tries again by itself, with pauses that it tells of.
  const connection = {
    bootstrapBrokers: brokers.split(','),
    timeout: ANSWER_MS,
    connectTimeout: ANSWER_MS,
    retries: 0,
  };
  const admin = new Admin({ ...connection, clientId: 'ams' });
  let producer: Producer | undefined;
  const topic = { isMade: false };

  return {
    source: (consumer) => (sink) => {
      const client = new Consumer({ ...connection, clientId: 'ams', groupId: `ams.${consumer}` });
      return openSource({ client, admin, topic, batch, metrics, sink });
    },
    async publish(batches) {
      const events = batches.reduce((sum, { events }) => sum + events.length, 0);
      try {
        await makeTopic(admin, topic);
        producer ??= new Producer({ ...connection, clientId: 'ams' });
        await publish(producer, batches);
        metrics.brokerMessagesTotal.inc({ operation: 'published' }, events);
      } catch (error) {
        metrics.brokerMessagesTotal.inc({ operation: 'publish_failed' }, events);
        topic.isMade = false;
        throw error;
      }
    },
    answers: () => admin.metadata({ topics: [EVENTS_NAME], forceUpdate: true }),
    async stop() {
      await Promise.all([admin.close(), producer?.close()]);
    },
  };
}

/** Makes the topic, once and after every failure, with as many replicas as the broker gives by default. */
async function makeTopic(admin: Admin, topic: { isMade: boolean }): Promise<void> {
  if (topic.isMade) return;
  try {
    await admin.createTopics({ topics: [EVENTS_NAME], partitions: LANES, replicas: -1 });
  } catch (error) {
    if (!isCode(error, 'TOPIC_ALREADY_EXISTS')) throw error;
  }
  topic.isMade = true;
}

function isCode(error: unknown, apiId: string): boolean {
  const found = error as { findBy?(property: string, value: string): unknown };
  return Boolean(found.findBy?.('apiId', apiId));
}

/** Resolves when all replicas in sync have every message. A batch that fails is published again as a whole. */
async function publish(producer: Producer, batches: LaneBatch[]): Promise<void> {
  const waiting = batches.map((batch) => ({ lane: batch.lane, messages: messagesOf(batch) }));
  while (waiting.some(({ messages }) => messages.length > 0)) {
    const request = waiting.flatMap(({ lane, messages }) =>
      messages.splice(0, EVENTS_PER_REQUEST).map(({ event, content }) => ({
        topic: EVENTS_NAME,
        partition: lane,
        key: Buffer.from(`${event.tenantId}/${event.aggregateId}`),
        value: content,
        ...(event.traceParent && {
          headers: new Map([[Buffer.from('traceparent'), Buffer.from(event.traceParent)]]),
        }),
      })),
    );
    await producer.send({ messages: request, acks: -1 });
  }
}

interface SourceOptions extends Pick<KafkaOptions, 'batch' | 'metrics'> {
  client: Consumer;
  admin: Admin;
  topic: { isMade: boolean };
  sink: Sink;
}

/** Where a lane is read on; undefined: at the oldest message. */
interface LaneReader {
  offset?: bigint;
}

function openSource({ client, admin, topic, batch, metrics, sink }: SourceOptions): ReturnType<OpenSource> {
  const readers = new Map<number, LaneReader>();
  const [idle, backOff] = [createPause(), createPause()];
  let stopping = false;

  /** One fetch from each broker that leads a partition of ours. */
  async function turn(): Promise<void> {
    await makeTopic(admin, topic);
    const wanted = [...readers].filter(([lane]) => sink.room(lane) >= batch);
    if (wanted.length === 0) {
      sink.onPoll();
      return idle.wait(LONG_POLL_MS);
    }
    const { id, partitions } = (await client.metadata({ topics: [EVENTS_NAME] })).topics.get(EVENTS_NAME)!;
    if (wanted.some(([, { offset }]) => offset === undefined)) await beginAtOldest(wanted);
    const byLeader = Map.groupBy(wanted, ([lane]) => partitions[lane]!.leader);
    await Promise.all([...byLeader].map(([leader, lanes]) => fetchFrom(leader, id, lanes)));
    sink.onPoll();
  }

  /** Lanes that have no offset, or one that the topic does not have (any more). What is known already is dropped by the relay. */
  async function beginAtOldest(lanes: [number, LaneReader][]): Promise<void> {
    const [oldest, end] = await Promise.all(
      [OLDEST, END].map(
        async (timestamp) => (await client.listOffsets({ topics: [EVENTS_NAME], timestamp })).get(EVENTS_NAME)!,
      ),
    );
    for (const [lane, reader] of lanes) {
      const isThere = reader.offset !== undefined && reader.offset >= oldest![lane]! && reader.offset <= end![lane]!;
      if (!isThere) reader.offset = oldest![lane]!;
    }
  }

  async function fetchFrom(node: number, topicId: string, lanes: [number, LaneReader][]): Promise<void> {
    const partitions = lanes.map(([partition, { offset }]) => ({
      partition,
      currentLeaderEpoch: -1,
      lastFetchedEpoch: -1,
      fetchOffset: offset!,
      partitionMaxBytes: FETCH_BYTES,
    }));
    try {
      const fetched = await client.fetch({
        node,
        topics: [{ topicId, partitions }],
        maxWaitTime: LONG_POLL_MS,
        minBytes: 1,
      });
      for (const { partitionIndex, records } of fetched.responses.flatMap((topic) => topic.partitions)) {
        const reader = lanes.find(([lane]) => lane === partitionIndex)?.[1];
        if (reader && records) receive(partitionIndex, reader, records);
      }
    } catch (error) {
      // The topic is another one than it was, or has lost its end.
      if (!isCode(error, 'OFFSET_OUT_OF_RANGE')) throw error;
      await beginAtOldest(lanes);
    }
  }

  type Records = NonNullable<Awaited<ReturnType<Consumer['fetch']>>['responses'][0]['partitions'][0]['records']>;

  function receive(lane: number, reader: LaneReader, records: Records): void {
    // Given back, or taken anew, while the fetch was under way.
    if (readers.get(lane) !== reader) return;
    const fetched = records
      .flatMap((chunk) =>
        chunk.records.map(({ value, offsetDelta }) => ({ value, offset: chunk.firstOffset + BigInt(offsetDelta) })),
      )
      // A broker gives whole chunks: the first may begin before the place that was asked for.
      .filter(({ offset }) => offset >= reader.offset!);
    const last = fetched.at(-1);
    if (!last) return;
    metrics.brokerMessagesTotal.inc({ operation: 'received' }, fetched.length);
    const messages = fetched.flatMap(({ value, offset }) => {
      try {
        const message = readMessage(value ?? Buffer.alloc(0));
        return { ...message, place: { ...message.place, bookmark: String(offset + 1n) } };
      } catch (error) {
        // Should it have been an event, the next one shows the hole.
        sink.onError(error, 0);
        return [];
      }
    });
    reader.offset = last.offset + 1n;
    for (const one of batchesOf(lane, messages)) sink.offer(one);
  }

  async function loop(): Promise<void> {
    let failures = 0;
    while (!stopping) {
      try {
        await turn();
        failures = 0;
      } catch (error) {
        if (stopping) return;
        topic.isMade = false;
        const waitMs = Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** failures++);
        sink.onError(error, waitMs);
        await backOff.wait(waitMs);
      }
    }
  }

  const ended = loop();
  return {
    take(lane, { bookmark }) {
      readers.set(lane, bookmark === undefined ? {} : { offset: BigInt(bookmark) });
      idle.end();
    },
    async drop(lane) {
      readers.delete(lane);
    },
    resume: () => idle.end(),
    passed() {},
    wake() {},
    async stop() {
      stopping = true;
      idle.end();
      backOff.end();
      await client.close().catch(() => {});
      await ended;
    },
  };
}
