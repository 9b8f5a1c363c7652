// A write model of its own for an integration test: a migrated database and a pool on it.
import pg from 'pg';
import type { PartName } from '../local/part.ts';
import { freshParts, type TestParts } from '../local/testing.ts';
import { migrate } from './migrate.ts';
import type { CommandContext } from './store.ts';

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
  return { tenantId: 't', actor: 'manager-1', idempotencyKey, requestHash, traceId: '0'.repeat(32) };
}
