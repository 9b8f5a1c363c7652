// A write model of its own for an integration test: a migrated database and a pool on it.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { PartName } from '../local/part.ts';
import { freshParts, type TestParts } from '../local/testing.ts';
import { migrate } from './migrate.ts';
import { type CommandContext, type Stored, store } from './store.ts';

export interface TestWriteModel {
  pool: pg.Pool;
  urls: TestParts['urls'];
  close(): Promise<void>;
}

/** @param others parts that the test needs besides PostgreSQL */
export async function freshWriteModel(others: PartName[] = []): Promise<TestWriteModel> {
  const parts = await freshParts(['postgres', ...others]);
  await migrate(parts.urls.postgres);
  const pool = new pg.Pool({ connectionString: parts.urls.postgres, max: 20 });
  return {
    pool,
    urls: parts.urls,
    async close() {
      await pool.end();
      await parts.close();
    },
  };
}

/** A context of tenant `t` with this key and request. */
export function contextOf(idempotencyKey: string, requestHash = idempotencyKey): CommandContext {
  return {
    tenantId: 't',
    actor: 'manager-1',
    idempotencyKey,
    requestHash,
    traceParent: `00-${'0'.repeat(31)}1-${'0'.repeat(15)}1-00`,
  };
}

/** Stores version `version` of a member of tenant `t` with its one event, on a pool or inside a transaction. */
export function storeMember(client: pg.Pool | pg.PoolClient, id: string, version: number): Promise<Stored> {
  const state = { name: `name ${version}`, role: 'student', phone: null, guardianId: null };
  return store(client, contextOf(randomUUID()), {
    aggregateType: 'member',
    id,
    expectedVersion: version - 1,
    state,
    events: [version === 1 ? { type: 'MemberCreated', data: state } : { type: 'MemberUpdated', data: state }],
    status: 200,
    response: JSON.stringify({ id, version }),
  });
}
