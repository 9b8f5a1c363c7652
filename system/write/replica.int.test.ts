// The read replica from end to end: a real primary, a real streaming replica, receipts read through both, and every way it can fail.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { silent } from '../../cli/progress.ts';
import { systemClock as clock } from '../clock.ts';
import type { Part } from '../local/part.ts';
import { scratchDir } from '../local/parts.ts';
import { startPostgresReplica } from '../local/postgres-replica.ts';
import { freshParts, type TestParts } from '../local/testing.ts';
import { receipts } from '../read/receipt.ts';
import { connectReplica, type Replica, type ReplicaState } from '../read/replica.ts';
import { until } from '../relay/testing.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { type CommandHandlers, commandHandlers } from './commands.ts';
import { migrate } from './migrate.ts';
import { contextOf } from './testing.ts';

let parts: TestParts;
let scratch: Awaited<ReturnType<typeof scratchDir>>;
let server: Part;
let pool: pg.Pool;
let replica: Replica;
let metrics: Metrics;
let commands: CommandHandlers;
let readReceipt: ReturnType<typeof receipts>;
const states: ReplicaState[] = [];

before(async () => {
  parts = await freshParts(['postgres'], { own: true });
  await migrate(parts.urls.postgres);
  pool = new pg.Pool({ connectionString: parts.urls.postgres, max: 10 });
  pool.on('error', () => {});
  scratch = await scratchDir();
  server = await startPostgresReplica(parts.urls.postgres, { dir: scratch.dir, progress: silent });
  metrics = createMetrics('api', { version: 'test', commit: 'test' });
  replica = connectReplica(
    { url: server.url, poolMax: 4, mostLagMs: 1000 },
    { primary: pool, metrics, clock, onChange: (state) => states.push(state) },
  );
  commands = commandHandlers({ pool, hint() {} });
  readReceipt = receipts({ primary: pool, replica, metrics });
  await until(() => replica.state() === 'ok');
});
after(async () => {
  await replica?.stop();
  await pool?.end();
  await server?.stop();
  await parts?.close();
  await scratch?.remove();
});

async function aPayment(): Promise<string> {
  const id = randomUUID();
  const paid = { studentId: randomUUID(), amountWon: 1000, method: 'card', forMonth: '2026-11' } as const;
  await commands.recordPayment(contextOf(randomUUID()), { id, ...paid });
  return id;
}

/** The answer of one read, and which server gave it for what reason. */
async function readOnce(id: string, minVersion?: number) {
  const before = await counts();
  const receipt = await readReceipt('t', id, minVersion);
  const now = await counts();
  const from = [...now].find(([key, value]) => value > (before.get(key) ?? 0))?.[0];
  return { receipt, from };
}

async function counts(): Promise<Map<string, number>> {
  const { values } = await metrics.replicaReadsTotal.get();
  return new Map(values.map(({ labels, value }) => [`${labels.source} ${labels.reason}`, value]));
}

async function ask(url: string, statement: string): Promise<Record<string, unknown>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows[0];
  } finally {
    await client.end();
  }
}

test('a receipt comes from the replica once that has it, and from the primary before', async () => {
  const id = await aPayment();
  await until(async () => (await readOnce(id)).from === 'replica ok');
  const { receipt } = await readOnce(id);
  const { rows } = await pool.query('select state from payment where id = $1', [id]);
  assert.equal(receipt?.receiptNumber, rows[0].state.receiptNumber);
  assert.equal(receipt?.version, 1);
  assert.equal(await readReceipt('another', id), null, 'not of another tenant');
});

test('a payment that exists nowhere is asked for at both and is null', async () => {
  assert.deepEqual(await readOnce(randomUUID()), { receipt: null, from: 'primary missing' });
});

test('while replay is paused new receipts come from the primary, and soon everything does', async () => {
  const old = await aPayment();
  await until(async () => (await readOnce(old)).from === 'replica ok');
  await ask(server.url, 'select pg_wal_replay_pause()');
  const id = await aPayment();
  const missing = await readOnce(id);
  assert.equal(missing.from, 'primary missing');
  assert.equal(missing.receipt?.id, id);
  await commands.refundPayment(contextOf(randomUUID()), { id: old, reason: 'moved away' });
  const refunded = await readOnce(old, 2);
  assert.equal(refunded.receipt?.status, 'refunded', 'a version that is known is not missed');
  await until(() => replica.state() === 'behind');
  const behind = await readOnce(old);
  assert.equal(behind.from, 'primary behind');
  assert.equal(behind.receipt?.status, 'refunded');
  const lag = async () => (await metrics.replicaLagSeconds.get()).values[0]!.value;
  assert.ok((await lag()) > 1);
  assert.ok((await metrics.replicaLagBytes.get()).values[0]!.value > 0);

  await ask(server.url, 'select pg_wal_replay_resume()');
  await until(() => replica.state() === 'ok');
  assert.equal(await lag(), 0);
  assert.equal((await readOnce(old)).from, 'replica ok');
});

test('a replica that hangs costs a reader a bounded time once, and is used again when it goes on', async () => {
  const id = await aPayment();
  await until(async () => (await readOnce(id)).from === 'replica ok');
  // Each of its processes has a process group of its own.
  const { pids } = await ask(
    server.url,
    'select array_agg(pid) as pids from pg_stat_activity where pid <> pg_backend_pid()',
  );
  const signal = (name: NodeJS.Signals) => {
    server.kill(name);
    for (const pid of pids as number[]) process.kill(pid, name);
  };
  signal('SIGSTOP');
  try {
    // Forty readers, one after the other: at most the first ones wait, for the half second that the replica is given.
    const startedMs = clock.monotonicMs();
    for (let n = 0; n < 40; n++) assert.equal((await readOnce(id)).receipt?.id, id);
    assert.ok(clock.monotonicMs() - startedMs < 40 * 500, 'not each of them has waited');
    assert.equal(replica.state(), 'away');
    assert.equal((await metrics.replicaUsable.get()).values[0]!.value, 0);
  } finally {
    signal('SIGCONT');
  }
  await until(async () => (await readOnce(id)).from === 'replica ok');
});

test('a replica that is killed is left out, and used again when it is back, with what was paid meanwhile', async () => {
  const id = await aPayment();
  server.kill('SIGKILL');
  for (let n = 0; n < 10; n++) assert.equal((await readOnce(id)).receipt?.id, id);
  await until(() => replica.state() === 'away');
  const meanwhile = await aPayment();
  assert.equal((await readOnce(meanwhile)).from, 'primary away');
  await server.restart!();
  await until(async () => (await readOnce(meanwhile)).from === 'replica ok');
  assert.ok(states.includes('away') && states.includes('behind') && states.at(-1) === 'ok', states.join());
});

test('without the primary the replica still answers; what it does not have is part.unavailable', async () => {
  const id = await aPayment();
  await until(async () => (await readOnce(id)).from === 'replica ok');
  const primary = parts.own.list[0]!;
  primary.kill('SIGKILL');
  await until(() => pool.idleCount === 0);
  const { receipt, from } = await readOnce(id);
  assert.equal(receipt?.id, id);
  assert.equal(from, 'replica ok');
  await assert.rejects(readReceipt('t', randomUUID()), { code: 'part.unavailable' });
  await primary.restart!();
  await until(() =>
    pool.query('select 1').then(
      () => true,
      () => false,
    ),
  );
});

test('a server that is no replica is not used as one', async () => {
  const none = connectReplica(
    { url: parts.urls.postgres, poolMax: 1, mostLagMs: 1000 },
    { primary: pool, metrics, clock, onChange() {} },
  );
  try {
    const seen: ReplicaState[] = [];
    // Long enough for its first two looks.
    for (let n = 0; n < 8; n++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      seen.push(none.state());
    }
    assert.deepEqual([...new Set(seen)], ['away']);
  } finally {
    await none.stop();
  }
});
