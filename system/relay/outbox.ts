// Reading the outbox: the events behind given places of the lanes that one process holds, and how much waits behind the cursors.
import type pg from 'pg';
import type { Cursor, Place } from './cursor.ts';
import type { OutboxEvent } from './event.ts';

/**
 * Settings of the connections of a relay. The planner takes the two bounds of the poll for far more selective than they are, reads a
 * whole lane and sorts it; without sort and bitmap it walks along the index, which stops at the limit. A test looks at the plan.
 * A cursor that a crash of PostgreSQL forgets costs a repetition and no event, so nobody waits until it is on disk.
 */
export const RELAY_SETTINGS = '-c enable_sort=off -c enable_bitmapscan=off -c synchronous_commit=off';

/** Events of one lane, one behind the other, none between them. */
export interface LaneBatch {
  lane: number;
  /** Place of the event before the first: so a reader sees whether it has all before it. */
  from: Cursor;
  events: OutboxEvent[];
  /** Place of each event. */
  places: Place[];
}

/**
 * One statement and so one snapshot. Every transaction below `pg_snapshot_xmin` has ended, and none can begin below it any more: what
 * stands before the gate is complete, however slowly its neighbours commit. (Sequence numbers are taken before the commit, so a cursor on
 * them alone would pass a slow transaction's events for ever.) The text columns have names of their own: `order by xid` would sort by an
 * output column called xid, as text. `o.xid >= a.xid` says nothing new, but PostgreSQL leaves out partitions only by a plain comparison.
 * Parameters: consumer, holder; lanes and the places to read behind, as arrays; most events a lane.
 */
export const POLL_SQL = `
  select e.*, a.lane
  from unnest($3::smallint[], $4::text[], $5::bigint[]) as a(lane, xid, seq)
  join relay_lane l on l.consumer = $1 and l.lane = a.lane and l.holder = $2
  cross join lateral (
    select o.xid::text as xid_text, o.seq::text as seq_text, o.tenant_id, o.aggregate_type, o.aggregate_id, o.version,
      o.type, o.data, o.trace_parent, extract(epoch from o.occurred_at)::float8 * 1000 as occurred_ms
    from outbox o
    where o.lane = a.lane and o.xid >= a.xid::xid8 and o.xid < pg_snapshot_xmin(pg_current_snapshot())
      and (o.xid, o.seq) > (a.xid::xid8, a.seq)
    order by o.xid, o.seq limit $6
  ) e`;

type PollRow = [
  string,
  string,
  string,
  string,
  string,
  number,
  string,
  Record<string, unknown>,
  string | null,
  number,
  number,
];

/** Reads at most `limit` events behind each given place, of lanes that `holder` holds. Lanes without new events are left out. */
export async function poll(
  pool: pg.Pool,
  consumer: string,
  holder: string,
  after: ReadonlyMap<number, Cursor>,
  limit: number,
): Promise<LaneBatch[]> {
  const places = [...after.values()];
  const { rows } = await pool.query<PollRow>({
    name: 'poll',
    // Arrays: an object per row costs a fifth of the whole reading.
    rowMode: 'array',
    text: POLL_SQL,
    values: [consumer, holder, [...after.keys()], places.map(({ xid }) => xid), places.map(({ seq }) => seq), limit],
  });
  const batches = new Map<number, LaneBatch>();
  for (const row of rows) {
    const [xid, seq, tenantId, aggregateType, aggregateId, version, type, data, traceParent, occurredMs, lane] = row;
    const batch: LaneBatch = batches.get(lane) ?? { lane, from: after.get(lane)!, events: [], places: [] };
    batches.set(lane, batch);
    batch.places.push({ xid, seq });
    batch.events.push({
      id: `${tenantId}/${aggregateId}/${version}`,
      lane,
      tenantId,
      aggregateType,
      aggregateId,
      version,
      type,
      data,
      traceParent,
      occurredAt: new Date(occurredMs),
    });
  }
  return [...batches.values()];
}

/** Counting stops here, lane by lane: a backlog of millions must not cost a scan every second. */
const MOST_COUNTED_PER_LANE = 50_000;

/**
 * Committed events that the consumer has not acknowledged (at most 50,000 a lane are counted), and the age of the oldest by the
 * database's clock (0 when none). Read from the database, so that a relay that hangs cannot hide the backlog it makes.
 */
export async function backlog(pool: pg.Pool, consumer: string): Promise<{ events: number; oldestSeconds: number }> {
  const { rows } = await pool.query({
    name: 'backlog',
    text: `select coalesce(sum(e.events), 0)::integer as events,
        coalesce(extract(epoch from clock_timestamp() - min(e.oldest)), 0)::float8 as oldest_seconds
      from relay_lane l cross join lateral (
        select count(*) as events, min(w.occurred_at) as oldest from (
          select o.occurred_at from outbox o
          where o.lane = l.lane and o.xid >= l.cursor_xid and (o.xid, o.seq) > (l.cursor_xid, l.cursor_seq)
          order by o.xid, o.seq limit ${MOST_COUNTED_PER_LANE}
        ) w
      ) e where l.consumer = $1`,
    values: [consumer],
  });
  return { events: rows[0].events, oldestSeconds: Math.max(0, rows[0].oldest_seconds) };
}
