// A PostgreSQL that hangs, dies and comes back, under commands: every wait ends, the pool stays bounded, no command acts twice.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import { freshParts, type TestParts } from '../local/testing.ts';
import { until } from '../relay/testing.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { type CommandHandlers, commandHandlers } from './commands.ts';
import { migrate } from './migrate.ts';
import { createPool } from './pool.ts';
import { contextOf } from './testing.ts';

const MOST = 4;

let parts: TestParts;
let pool: pg.Pool;
let commands: CommandHandlers;
before(async () => {
  parts = await freshParts(['postgres'], { own: true });
  await migrate(parts.urls.postgres);
  const limits = { PG_POOL_MAX: MOST, PG_WAIT_MS: 300, PG_STATEMENT_MS: 300 };
  const metrics = createMetrics('api', { version: 'test', commit: 'test' });
  pool = createPool({ DATABASE_URL: parts.urls.postgres, ...limits }, metrics);
  commands = commandHandlers({ pool, hint() {} });
});
after(async () => {
  await pool?.end();
  await parts?.close();
});

const answers = () =>
  pool.query('select 1').then(
    () => true,
    () => false,
  );

/** How often each outcome came. */
async function outcomesOf(attempts: Promise<unknown>[]): Promise<Map<string, number>> {
  const outcomes = new Map<string, number>();
  for (const one of await Promise.allSettled(attempts)) {
    const outcome = one.status === 'fulfilled' ? 'accepted' : String(one.reason.code);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  return outcomes;
}

/** Fifty different commands, as functions, so that each can be sent again. */
function fiftyCommands() {
  return Array.from({ length: 50 }, () => {
    const context = contextOf(randomUUID());
    const member = { id: randomUUID(), name: 'Kim', role: 'student' as const };
    return { id: member.id, send: () => commands.enrolMember(context, member) };
  });
}

/** Each sent again with its key until it is accepted: on a busy machine a connection is not always free within PG_WAIT_MS. */
async function allAccepted(all: ReturnType<typeof fiftyCommands>): Promise<void> {
  for (const { send } of all) {
    await until(async () => {
      const [outcome] = (await outcomesOf([send()])).keys();
      if (outcome !== 'part.unavailable') assert.equal(outcome, 'accepted');
      return outcome === 'accepted';
    });
  }
}

async function assertEachActedOnce(ids: string[]): Promise<void> {
  const { rows } = await pool.query(
    `select (select count(*)::int from member where id = any ($1)) as members,
      (select count(*)::int from outbox where aggregate_id = any ($1)) as events`,
    [ids],
  );
  assert.deepEqual(rows, [{ members: ids.length, events: ids.length }]);
}

test('a server that hangs: every command ends as part.unavailable, and sent again with its key it acts once', async () => {
  const { rows } = await pool.query(
    'select array_agg(pid) as pids from pg_stat_activity where pid <> pg_backend_pid()',
  );
  const { rows: own } = await pool.query('select pg_backend_pid() as pid');
  const signal = (name: NodeJS.Signals) => {
    parts.own.list[0]!.kill(name);
    for (const pid of [...rows[0].pids, own[0].pid]) {
      try {
        process.kill(pid, name);
      } catch {
        // A backend whose connection was closed meanwhile.
      }
    }
  };
  const all = fiftyCommands();
  signal('SIGSTOP');
  try {
    assert.deepEqual(await outcomesOf(all.map(({ send }) => send())), new Map([['part.unavailable', 50]]));
    assert.ok(pool.totalCount <= MOST, `${pool.totalCount} connections`);
    assert.equal(pool.waitingCount, 0);
  } finally {
    signal('SIGCONT');
  }
  await until(answers);
  await allAccepted(all);
  await assertEachActedOnce(all.map(({ id }) => id));
});

test('a server that is killed under commands and started again: sent again until accepted, each has acted once', async () => {
  const all = fiftyCommands();
  const first = outcomesOf(all.map(({ send }) => send()));
  parts.own.list[0]!.kill('SIGKILL');
  const outcomes = await first;
  assert.deepEqual(
    [...outcomes.keys()].filter((one) => !['accepted', 'part.unavailable'].includes(one)),
    [],
  );
  // A backend lives on for a moment without its server.
  await until(async () => !(await answers()));
  assert.deepEqual(await outcomesOf(fiftyCommands().map(({ send }) => send())), new Map([['part.unavailable', 50]]));
  await parts.own.list[0]!.restart!();
  await until(answers);
  await allAccepted(all);
  await assertEachActedOnce(all.map(({ id }) => id));
});
