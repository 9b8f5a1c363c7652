// The lanes of a consumer: who holds one and until when, and how far it has come. Leases live in PostgreSQL and by its clock.
import type pg from 'pg';
import type { LaneBatch } from './outbox.ts';

/**
 * Renews the leases of `holder` and takes over lanes that nobody holds or whose lease has run out.
 * Rows that another statement has locked are left for the next turn, so that this one never waits and cannot deadlock.
 */
export async function claimLanes(pool: pg.Pool, consumer: string, holder: string, leaseMs: number): Promise<void> {
  await pool.query({
    name: 'claim-lanes',
    text: `with free as (
        select lane from relay_lane
        where consumer = $1 and (holder is null or holder = $2 or lease_until < clock_timestamp())
        for update skip locked)
      update relay_lane l set holder = $2, lease_until = clock_timestamp() + $3 * interval '1 millisecond'
      from free where l.consumer = $1 and l.lane = free.lane`,
    values: [consumer, holder, leaseMs],
  });
}

/** Lanes held, as the database says. */
export async function countLanes(pool: pg.Pool, consumer: string, holder: string): Promise<number> {
  const { rows } = await pool.query({
    name: 'count-lanes',
    text: 'select count(*)::integer as lanes from relay_lane where consumer = $1 and holder = $2',
    values: [consumer, holder],
  });
  return rows[0].lanes;
}

/** Gives all lanes back at once, so that another process need not wait for the leases to run out. */
export async function releaseLanes(pool: pg.Pool, consumer: string, holder: string): Promise<void> {
  await pool.query('update relay_lane set holder = null, lease_until = null where consumer = $1 and holder = $2', [
    consumer,
    holder,
  ]);
}

/**
 * Moves the cursors behind their batches, lane by lane as a compare-and-set: a lane that another process holds by now, or whose cursor
 * has moved, stays as it is.
 * @returns the lanes that moved
 */
export async function advanceLanes(
  pool: pg.Pool,
  consumer: string,
  holder: string,
  batches: LaneBatch[],
): Promise<number[]> {
  const { rows } = await pool.query<{ lane: number }>({
    name: 'advance-lanes',
    text: `update relay_lane l set cursor_xid = n.to_xid::xid8, cursor_seq = n.to_seq
      from unnest($3::smallint[], $4::text[], $5::bigint[], $6::text[], $7::bigint[]) as n(lane, from_xid, from_seq, to_xid, to_seq)
      where l.consumer = $1 and l.holder = $2 and l.lane = n.lane
        and l.cursor_xid = n.from_xid::xid8 and l.cursor_seq = n.from_seq
      returning l.lane`,
    values: [
      consumer,
      holder,
      batches.map((batch) => batch.lane),
      batches.map((batch) => batch.from.xid),
      batches.map((batch) => batch.from.seq),
      batches.map((batch) => batch.to.xid),
      batches.map((batch) => batch.to.seq),
    ],
  });
  return rows.map((row) => row.lane);
}
