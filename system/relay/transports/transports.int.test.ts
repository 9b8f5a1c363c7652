// The same promises over every transport, with the real brokers and with consumers that are processes of their own.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Admin, Producer } from '@platformatic/kafka';
import { connect } from 'amqplib';
import { systemClock as clock } from '../../clock.ts';
import { type Config, readConfig } from '../../config.ts';
import { freshParts, type TestParts } from '../../local/testing.ts';
import { createMetrics, type Metrics } from '../../telemetry/metrics.ts';
import { createTracing } from '../../telemetry/tracing.ts';
import { freshWriteModel, type TestWriteModel } from '../../write/testing.ts';
import { type RunningGroup, startGroup } from '../group.ts';
import { LANES, PUBLISHER } from '../lanes.ts';
import { backlog } from '../outbox.ts';
import { publisher } from '../publisher.ts';
import type { OpenSource } from '../source.ts';
import { until } from '../testing.ts';
import { createTransport, inProcess } from './create.ts';
import type { Transport } from './transport.ts';

const CONSUMER = 'read-models';
const BATCH = 50;
/** A broker that is killed shortly after its queues were made may lose them: `reference` trials needed less than this. */
const SETTLE_MS = 3000;
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

for (const events of ['inprocess', 'rabbitmq', 'kafka'] as const) {
  describe(`events by ${events}`, () => {
    let model: TestWriteModel;
    let broker: TestParts | undefined;
    let settings: Record<string, string>;
    let config: Config;
    let metrics: Metrics;
    let publishing: { group: RunningGroup; transport: Transport } | undefined;
    const children = new Set<ChildProcess>();

    before(async () => {
      model = await freshWriteModel();
      if (events !== 'inprocess') broker = await freshParts([events], { own: true });
      settings = {
        DATABASE_URL: model.urls.postgres,
        MONGODB_URL: 'mongodb://127.0.0.1:1/unused',
        REDIS_URL: 'redis://127.0.0.1:1',
        JWT_SECRET: 'only-for-this-one-test',
        LOG_LEVEL: 'silent',
        EVENTS: events,
        RELAY_LEASE_MS: '900',
        RELAY_BATCH: String(BATCH),
        RELAY_MOST_ATTEMPTS: '2',
        ...(broker && {
          RABBITMQ_URL: broker.urls.rabbitmq ?? 'amqp://unused',
          KAFKA_BROKERS: broker.urls.kafka ?? 'unused:1',
        }),
      };
      config = readConfig(settings);
      await model.pool.query(`create table handled (at serial, id text, aggregate_id uuid, version int, pid int);
        create table buried (id text, reason text, started int, finished int)`);
    });
    after(async () => {
      await model.close();
      await broker?.close();
    });
    beforeEach(async () => {
      await model.pool.query('truncate outbox, relay_worker, handled, buried');
      await model.pool.query(
        `update relay_lane set cursor_xid = pg_current_xact_id(), holder = null, lease_until = null, deaths = 0, died_at = null, suspects = 0,
         started_attempts = 0, finished_attempts = 0 where consumer = '${CONSUMER}'`,
      );
      await model.pool.query(`delete from relay_lane where consumer = '${PUBLISHER}'`);
      metrics = createMetrics('worker', { version: 'test', commit: 'test' });
      if (events === 'inprocess') return;
      const transport = await createTransport({ pool: model.pool, config, metrics, onAway() {} });
      const tracer = createTracing({ sampleRatio: 0, serviceName: 'test', version: 'test' });
      const source = (holder: string) => inProcess({ pool: model.pool, config }).source(PUBLISHER, holder);
      const group = startGroup({ group: PUBLISHER, source, handle: publisher(transport, tracer) }, parts());
      publishing = { group, transport };
    });
    afterEach(async () => {
      for (const child of children) child.kill('SIGKILL');
      children.clear();
      await publishing?.group.stop();
      await publishing?.transport.stop();
      publishing = undefined;
    });
    const parts = () => ({ pool: model.pool, metrics, clock, log: quiet, config });

    function startWorker(): ChildProcess {
      const program = new URL('./testing-worker.ts', import.meta.url).pathname;
      const child = spawn(process.execPath, [program], { env: settings, stdio: ['ignore', 'inherit', 'inherit'] });
      children.add(child);
      child.on('exit', () => children.delete(child));
      return child;
    }

    /** Appends one event for each of these, in one transaction each, as they come. */
    async function append(of: { id: string; version: number; name?: string }[]): Promise<void> {
      for (const { id, version, name = 'well' } of of) {
        await model.pool.query(
          `insert into outbox (lane, tenant_id, aggregate_type, aggregate_id, version, type, data)
           values (lane_of('t', $1), 't', 'member', $1, $2, 'MemberUpdated', jsonb_build_object('name', $3::text))`,
          [id, version, name],
        );
      }
    }

    async function idsOfLane(lane: number, count: number): Promise<string[]> {
      const { rows } = await model.pool.query(
        `select id from (select gen_random_uuid() as id from generate_series(1, $2 * 40)) i where lane_of('t', id) = $1 limit $2`,
        [lane, count],
      );
      return rows.map(({ id }) => id);
    }

    const isDone = async () => (await backlog(model.pool, CONSUMER)).events === 0;

    async function isPublished(): Promise<boolean> {
      const { rows } = await model.pool.query('select 1 from relay_lane where consumer = $1', [PUBLISHER]);
      return rows.length > 0 && (await backlog(model.pool, PUBLISHER)).events === 0;
    }

    /** The versions of every aggregate as they came first, which must be all of them in order. */
    async function assertWhole(ids: string[], versions: number): Promise<void> {
      const { rows } = await model.pool.query(
        `select aggregate_id as id, array_agg(version order by at) as versions
         from (select aggregate_id, version, min(at) as at from handled group by aggregate_id, version) f group by aggregate_id`,
      );
      const seen = new Map(rows.map(({ id, versions }) => [id, versions]));
      for (const id of ids)
        assert.deepEqual(
          seen.get(id),
          Array.from({ length: versions }, (_, n) => n + 1),
        );
    }

    async function holders(): Promise<string[]> {
      const { rows } = await model.pool.query(
        `select distinct holder from relay_lane where consumer = '${CONSUMER}' and lease_until > clock_timestamp()`,
      );
      return rows.map(({ holder }) => holder);
    }

    /** The processes that have handled something. */
    async function handlers(): Promise<number[]> {
      return (await model.pool.query('select distinct pid from handled')).rows.map(({ pid }) => pid);
    }

    test('kill -9 of one of two consumers in the middle: nothing is lost, and every aggregate stays in order', async () => {
      const [first] = [startWorker(), startWorker()];
      await until(async () => (await holders()).length === 2);
      const ids = Array.from({ length: 60 }, () => randomUUID());
      const appendVersion = (version: number) => append(ids.map((id) => ({ id, version })));
      for (const version of [1, 2, 3]) await appendVersion(version);
      await until(async () => (await handlers()).length === 2);
      await appendVersion(4);
      first!.kill('SIGKILL');
      for (const version of [5, 6]) await appendVersion(version);
      await until(isDone);
      await assertWhole(ids, 6);
    });

    test('an event that always fails is buried alone, with its attempts; the others of its lane are handled', async () => {
      const ids = await idsOfLane(2, 20);
      const ill = ids[7]!;
      await append(
        ids.flatMap((id) =>
          [1, 2].map((version) => ({ id, version, ...(id === ill && version === 1 && { name: 'ill' }) })),
        ),
      );
      startWorker();
      await until(isDone);
      const { rows } = await model.pool.query('select * from buried');
      assert.deepEqual(rows, [{ id: `t/${ill}/1`, reason: 'cannot handle this', started: 2, finished: 2 }]);
      await assertWhole(
        ids.filter((id) => id !== ill),
        2,
      );
    });

    test('an event that ends the process each time is found and buried alone; the others of its lane are handled', async () => {
      const ids = await idsOfLane(5, 20);
      const deadly = ids[11]!;
      await append(ids.map((id) => ({ id, version: 1, ...(id === deadly && { name: 'deadly' }) })));
      let deaths = 0;
      await until(async () => {
        if (children.size === 0) startWorker().on('exit', () => deaths++);
        assert.ok(deaths <= 6, 'the deadly event is not found');
        return isDone();
      });
      const { rows } = await model.pool.query('select * from buried');
      const reason = 'the process ended 2 times while it handled this event';
      assert.deepEqual(rows, [{ id: `t/${deadly}/1`, reason, started: 2, finished: 0 }]);
      await assertWhole(
        ids.filter((id) => id !== deadly),
        1,
      );
    });

    test('while a consumer is slow, few events wait in its process', async () => {
      const [id] = await idsOfLane(1, 1);
      await append(Array.from({ length: 1500 }, (_, n) => ({ id: id!, version: n + 1 })));
      let offered = 0;
      const transport = await createTransport({ pool: model.pool, config, metrics, onAway() {} });
      const counting =
        (open: OpenSource): OpenSource =>
        (sink) =>
          open({
            ...sink,
            offer(batch) {
              offered += batch.events.filter(({ aggregateId }) => aggregateId === id).length;
              sink.offer(batch);
            },
          });
      const go = Promise.withResolvers<void>();
      let inHand = 0;
      const group = startGroup(
        {
          group: CONSUMER,
          source: (holder) => counting(transport.source(CONSUMER, holder)),
          async handle(batches) {
            inHand += batches[0]!.events.length;
            await go.promise;
          },
        },
        parts(),
      );
      try {
        await until(() => inHand > 0);
        await sleep(1000);
        // Kafka gives what fits into a chunk of bytes.
        assert.ok(offered <= (events === 'kafka' ? 1000 : 2 * BATCH), `${offered} events wait`);
        go.resolve();
        await until(isDone);
      } finally {
        go.resolve();
        await group.stop();
        await transport.stop();
      }
    });

    if (events === 'inprocess') return;

    test('kill -9 of the broker in the middle: nothing is lost, and every aggregate stays in order', async () => {
      startWorker();
      await until(async () => (await holders()).length === 1);
      const ids = Array.from({ length: 40 }, () => randomUUID());
      await append(ids.map((id) => ({ id, version: 1 })));
      await until(isDone);
      await sleep(SETTLE_MS);
      const [part] = broker!.own.list;
      const later = (async () => {
        for (let version = 2; version <= 5; version++) await append(ids.map((id) => ({ id, version })));
      })();
      await sleep(100);
      part!.kill('SIGKILL');
      await later;
      assert.ok(!(await isDone()), 'everything had come before the broker ended: the test shows nothing');
      await part!.restart!();
      await until(isDone);
      await assertWhole(ids, 5);
    });

    test('messages that the broker forgets are read from the outbox, whether others come behind them or not', async () => {
      const ids = Array.from({ length: 40 }, () => randomUUID());
      await append(ids.map((id) => ({ id, version: 1 })));
      await until(isPublished);
      await forget();
      // Behind half of them comes another message, behind the others none.
      const half = ids.slice(0, 20);
      await append(half.map((id) => ({ id, version: 2 })));
      startWorker();
      await until(isDone);
      await assertWhole(half, 2);
      await assertWhole(ids.slice(20), 1);
    });

    /** Takes every message out of the broker. */
    async function forget(): Promise<void> {
      if (events === 'rabbitmq') {
        const connection = await connect(settings.RABBITMQ_URL!);
        const channel = await connection.createChannel();
        let forgotten = 0;
        for (let lane = 0; lane < LANES; lane++) {
          forgotten += (await channel.purgeQueue(`ams.${CONSUMER}.${lane}`)).messageCount;
        }
        assert.ok(forgotten >= 40, 'the messages had not come yet');
        await connection.close();
      } else {
        const admin = new Admin({ clientId: 'test', bootstrapBrokers: [settings.KAFKA_BROKERS!] });
        await admin.deleteTopics({ topics: ['ams.events'] });
        await until(async () => !(await admin.listTopics()).includes('ams.events'));
        await admin.close();
      }
    }

    test('a message that is none of ours is dropped, and its lane goes on', async () => {
      const ids = await idsOfLane(3, 10);
      await append(ids.map((id) => ({ id, version: 1 })));
      await until(isPublished);
      for (const content of ['no JSON', '{"event":{"id":"of somebody else"}}']) await publishToLane3(content);
      await append(ids.map((id) => ({ id, version: 2 })));
      startWorker();
      await until(isDone);
      await assertWhole(ids, 2);
    });

    async function publishToLane3(content: string): Promise<void> {
      if (events === 'rabbitmq') {
        const connection = await connect(settings.RABBITMQ_URL!);
        const channel = await connection.createConfirmChannel();
        channel.publish('ams.events', '3', Buffer.from(content));
        await channel.waitForConfirms();
        await connection.close();
      } else {
        const producer = new Producer({ clientId: 'test', bootstrapBrokers: [settings.KAFKA_BROKERS!] });
        await producer.send({
          messages: [{ topic: 'ams.events', partition: 3, value: Buffer.from(content) }],
          acks: -1,
        });
        await producer.close();
      }
    }

    test('what a publisher publishes twice is handled once', async () => {
      const ids = Array.from({ length: 30 }, () => randomUUID());
      await append(ids.map((id) => ({ id, version: 1 })));
      await until(isPublished);
      await model.pool.query(`update relay_lane set cursor_xid = '0', cursor_seq = 0 where consumer = '${PUBLISHER}'`);
      await until(async () =>
        (await metrics.brokerMessagesTotal.get()).values.some(
          ({ labels, value }) => labels.operation === 'published' && value >= 60,
        ),
      );
      startWorker();
      await until(isDone);
      await sleep(500);
      const { rows } = await model.pool.query('select count(*)::int as n from handled');
      assert.equal(rows[0].n, 30);
    });
  });
}
