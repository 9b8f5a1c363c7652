// Waiting in integration tests: for anything, and for the relay's gate.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { systemClock } from '../clock.ts';

/** Far beyond what a busy machine takes; only a test that would fail anyway waits so long. */
const LONGEST_MS = 60_000;

export async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = systemClock.monotonicMs() + LONGEST_MS;
  while (!(await what())) {
    assert.ok(systemClock.monotonicMs() < endMs, `never: ${what}`);
    await sleep(10);
  }
}

/** Resolves when every event of the outbox may be read. Any writing transaction of the server, autovacuum's too, holds the gate. */
export function gateOpen(pool: pg.Pool): Promise<void> {
  return until(async () => {
    const { rows } = await pool.query(
      'select 1 from outbox where xid >= pg_snapshot_xmin(pg_current_snapshot()) limit 1',
    );
    return rows.length === 0;
  });
}
