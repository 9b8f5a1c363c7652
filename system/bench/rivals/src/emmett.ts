// The rival of the relay: emmett's PostgreSQL event store, its consumer and a projection of it that writes to MongoDB, with its defaults
// (it reads 100 at once and gives them to the projection one by one). In: DATABASE_URL, MONGODB_URL, EVENTS. Out, on standard output: {eventsPerSecond} behind the first fifth, which warms up.
import { randomUUID } from 'node:crypto';
import type { Event } from '@event-driven-io/emmett';
import {
  getPostgreSQLEventStore,
  postgreSQLEventStoreConsumer,
  postgreSQLProjection,
} from '@event-driven-io/emmett-postgresql';
import { MongoClient } from 'mongodb';

type Created = Event<'MemberCreated' | 'AttendanceRequested', { id: string; [field: string]: unknown }>;
type Changed = Event<'MemberUpdated' | 'AttendanceConfirmed', { id: string; [field: string]: unknown }>;
type Known = Created | Changed;

async function main(env: Record<string, string | undefined>): Promise<void> {
  const connectionString = env.DATABASE_URL!;
  const events = Number(env.EVENTS);
  const mongo = new MongoClient(env.MONGODB_URL!);
  const documents = mongo.db().collection<{ _id: string; version: number }>('emmett');

  // Appending is not measured: it need not wait for the disk.
  const appending = new URL(connectionString);
  appending.searchParams.set('options', '-c synchronous_commit=off');
  const store = getPostgreSQLEventStore(appending.href);
  await store.schema.migrate();
  // The same events as ours, two of each aggregate. One writer: what ten wrote at once did not all come (474 of 500 documents): this
  // version goes on behind a global position in batches that are ordered by transaction (emmett#336).
  for (let n = 0; n < events / 2; n++) {
    const id = randomUUID();
    const pair: Known[] =
      n % 2 === 0
        ? [
            {
              type: 'AttendanceRequested',
              data: { id, classId: `c${n % 500}`, studentId: randomUUID(), date: '2026-11-22' },
            },
            { type: 'AttendanceConfirmed', data: { id, mark: 'present' } },
          ]
        : [
            { type: 'MemberCreated', data: { id, name: `Kim ${n}`, role: 'student', phone: null } },
            { type: 'MemberUpdated', data: { id, name: `Lee ${n}` } },
          ];
    await store.appendToStream<Known>(`${n % 2 === 0 ? 'attendance' : 'member'}-${id}`, pair);
  }

  let handled = 0;
  let warmAt = { events: 0, ms: 0 };
  const done = Promise.withResolvers<void>();
  const readModel = postgreSQLProjection<Known>({
    name: 'read-model',
    canHandle: ['MemberCreated', 'MemberUpdated', 'AttendanceRequested', 'AttendanceConfirmed'],
    async handle(batch) {
      await documents.bulkWrite(
        batch.map(({ data: { id, ...fields }, metadata }) => {
          const version = Number(metadata.streamPosition);
          const update = { $set: { ...fields, version } };
          return version === 1
            ? { updateOne: { filter: { _id: id }, update: { $setOnInsert: { ...fields, version } }, upsert: true } }
            : { updateOne: { filter: { _id: id, version: version - 1 }, update } };
        }),
        // MongoDB's own default, which does not wait for the disk as ours does: at one event a call it would wait for nothing else.
        { ordered: true, writeConcern: { w: 1 } },
      );
      handled += batch.length;
      if (warmAt.events === 0 && handled >= events / 5) warmAt = { events: handled, ms: performance.now() };
      if (handled >= events) done.resolve();
    },
  });
  const consumer = postgreSQLEventStoreConsumer({ connectionString });
  consumer.projector({ projection: readModel });
  const running = consumer.start();
  await Promise.race([done.promise, running]);
  const tookMs = performance.now() - warmAt.ms;
  const whole = await documents.countDocuments({ version: 2 });
  if (whole !== events / 2) throw new Error(`${whole} documents are whole, not ${events / 2}`);
  process.stdout.write(`${JSON.stringify({ eventsPerSecond: ((handled - warmAt.events) * 1000) / tookMs })}\n`);
  await consumer.close();
  await store.close();
  await mongo.close();
}

main(process.env).then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  },
);
