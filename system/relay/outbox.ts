// Reading the outbox: the events after the cursors of the lanes one process holds, and how much waits behind them.
import type pg from 'pg';
import type { OutboxEvent } from './event.ts';

/**
 * Settings of the connections that poll. The planner takes the two bounds of the poll for far more selective than they are, reads a
 * whole lane and sorts it; these leave it the walk along the index, which stops at the limit. A test looks at the plan.
 */
export const POLL_SETTINGS = '-c enable_sort=off -c enable_bitmapscan=off';

/** A place in a lane: transaction id and sequence number, both as decimal text (64 bits do not fit a number). */
export interface Cursor {
  xid: string;
  seq: string;
}

/** What one poll read of one lane. */
export interface LaneBatch {
  lane: number;
  /** Cursor that the batch was read from. */
  from: Cursor;
  /** Cursor after its last event. */
  to: Cursor;
  events: OutboxEvent[];
}

/**
 * One statement and so one snapshot. Every transaction below `pg_snapshot_xmin` has ended, and none can begin below it any more: what
 * stands before the gate is complete, however slowly its neighbours commit. (Sequence numbers are taken before the commit, so a cursor on
 * them alone would pass a slow transaction's events for ever.) The text columns have names of their own: `order by xid` would sort by an
 * output column called xid, as text. Parameters: consumer, holder, most events a lane.
 */
export const POLL_SQL = `
  select l.lane, l.cursor_xid::text as from_xid, l.cursor_seq::text as from_seq, e.*
  from relay_lane l cross join lateral (
    select o.xid::text as xid_text, o.seq::text as seq_text, o.tenant_id, o.aggregate_type, o.aggregate_id, o.version,
      o.type, o.data, o.trace_id, o.occurred_at
    from outbox o
    where o.lane = l.lane and o.xid < pg_snapshot_xmin(pg_current_snapshot()) and (o.xid, o.seq) > (l.cursor_xid, l.cursor_seq)
    order by o.xid, o.seq limit $3
  ) e
  where l.consumer = $1 and l.holder = $2`;

/** Reads at most `limit` events of each lane that `holder` holds. Lanes without new events are left out. */
export async function poll(pool: pg.Pool, consumer: string, holder: string, limit: number): Promise<LaneBatch[]> {
  const { rows } = await pool.query({ name: 'poll', text: POLL_SQL, values: [consumer, holder, limit] });
  const batches = new Map<number, LaneBatch>();
  for (const row of rows) {
    const from = { xid: row.from_xid, seq: row.from_seq };
    const batch: LaneBatch = batches.get(row.lane) ?? { lane: row.lane, from, to: from, events: [] };
    batches.set(row.lane, batch);
    batch.to = { xid: row.xid_text, seq: row.seq_text };
    batch.events.push({
      tenantId: row.tenant_id,
      aggregateType: row.aggregate_type,
      aggregateId: row.aggregate_id,
      version: row.version,
      type: row.type,
      data: row.data,
      traceId: row.trace_id,
      occurredAt: row.occurred_at,
    });
  }
  return [...batches.values()];
}

/** Committed events that the consumer has not acknowledged, and the age of the oldest by the database's clock (0 when none). */
export async function backlog(pool: pg.Pool, consumer: string): Promise<{ events: number; oldestSeconds: number }> {
  const { rows } = await pool.query({
    name: 'backlog',
    text: `select coalesce(sum(e.events), 0)::integer as events,
        coalesce(extract(epoch from clock_timestamp() - min(e.oldest)), 0)::float8 as oldest_seconds
      from relay_lane l cross join lateral (
        select count(*) as events, min(o.occurred_at) as oldest from outbox o
        where o.lane = l.lane and (o.xid, o.seq) > (l.cursor_xid, l.cursor_seq)
      ) e where l.consumer = $1`,
    values: [consumer],
  });
  return { events: rows[0].events, oldestSeconds: Math.max(0, rows[0].oldest_seconds) };
}
