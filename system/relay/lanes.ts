// The lanes of a consumer: who holds one and until when, how far it has come, and what is suspect in it. All of it lives in PostgreSQL,
// and goes by its clock.
import type pg from 'pg';
import { BEGINNING, type Cursor, type Place } from './cursor.ts';

/** As many as `lane_of` gives out. */
export const LANES = 8;

/** The consumer of the outbox that gives its events to a broker. */
export const PUBLISHER = 'publisher';

/** Two deaths of a lane that are further apart have nothing to do with each other. */
const DEATHS_COUNT_FOR = '10 minutes';

/**
 * Most events of a lane in hand at once, after so many holders have died over it. What kills the process is then among as many events
 * behind the cursor, so that each death narrows it down: two batches, a batch, its square root, one.
 */
export function handfulOf(deaths: number, batch: number): number {
  return deaths < 2 ? batch : deaths === 2 ? Math.ceil(Math.sqrt(batch)) : 1;
}

/** A lane as its holder finds it. */
export interface HeldLane {
  lane: number;
  cursor: Place;
  /** Holders that ended without giving the lane back, over events that are not behind the cursor yet. */
  deaths: number;
  /** One of so many events behind the cursor may be what they died on. */
  suspects: number;
  /** Attempts on the next event that were marked as begun, and as ended. */
  startedAttempts: number;
  finishedAttempts: number;
  /** How far the publisher has come, where there is one: what lies before it is in the broker, or was. */
  published: Cursor | null;
}

/** Makes the lanes of a consumer that has none. It begins where the hindmost other consumer is: nobody has needed what lies before. */
export async function makeLanes(pool: pg.Pool, consumer: string, lanes: number): Promise<void> {
  await pool.query(
    `insert into relay_lane (consumer, lane, cursor_xid, cursor_seq)
     select $1, n, coalesce(o.cursor_xid, $3), coalesce(o.cursor_seq, $4)
     from generate_series(0, $2::int - 1) n left join lateral (
       select cursor_xid, cursor_seq from relay_lane where lane = n order by cursor_xid, cursor_seq limit 1
     ) o on true
     on conflict do nothing`,
    [consumer, lanes, BEGINNING.xid, BEGINNING.seq],
  );
}

/** Forgets a consumer that is not used any more, so that the outbox need not be kept for it. Not while somebody holds one of its lanes. */
export async function dropLanes(pool: pg.Pool, consumer: string): Promise<void> {
  await pool.query(
    `delete from relay_lane where consumer = $1 and not exists (
       select 1 from relay_lane where consumer = $1 and lease_until > clock_timestamp())`,
    [consumer],
  );
}

/**
 * Says that `holder` lives, renews its leases, and takes free lanes and those of dead holders up to its share. Shares differ by one at
 * most and add up to all lanes: everybody ranks the same living holders. Rows that another statement has locked are left for the next
 * turn, so that this one never waits and cannot deadlock.
 * A lane of a dead holder counts its death: each of those in a row narrows down where its cause can be (`handfulOf`).
 * @param batch most events of one lane at once
 * @returns the share, and the lanes that the holder has now: they may be more than its share
 */
export async function shareLanes(
  pool: pg.Pool,
  consumer: string,
  holder: string,
  leaseMs: number,
  batch: number,
): Promise<{ share: number; held: HeldLane[] }> {
  const { rows } = await pool.query<{ share: number }>({
    name: 'share-lanes',
    text: `with alive as (
        insert into relay_worker (consumer, holder, alive_until) values ($1, $2, clock_timestamp() + $3 * interval '1 millisecond')
        on conflict (consumer, holder) do update set alive_until = excluded.alive_until
      ), others as (
        select count(*) as n, count(*) filter (where holder < $2) as before from relay_worker
        where consumer = $1 and holder <> $2 and alive_until > clock_timestamp()
      ), share as (
        select count(*) / (others.n + 1) + (others.before < count(*) % (others.n + 1))::integer as lanes
        from relay_lane, others where consumer = $1 group by others.n, others.before
      ), mine as (
        select lane, deaths from relay_lane where consumer = $1 and holder = $2 for update skip locked
      ), free as (
        select lane, holder is not null as orphan, deaths, died_at from relay_lane
        where consumer = $1 and (holder is null or holder <> $2 and lease_until < clock_timestamp())
        order by lane
        limit greatest(0, (select lanes from share) - (select count(*) from relay_lane where consumer = $1 and holder = $2))
        for update skip locked
      ), taken as (
        update relay_lane l set holder = $2, lease_until = clock_timestamp() + $3 * interval '1 millisecond',
          deaths = t.deaths,
          died_at = case when t.orphan then clock_timestamp() else l.died_at end,
          suspects = case when not t.orphan then l.suspects when t.deaths = 1 then 2 * $4 when t.deaths = 2 then $4 else $5 end
        from (
          select lane, false as orphan, deaths from mine
          union all
          select lane, orphan, case when not orphan then deaths when died_at > clock_timestamp() - interval '${DEATHS_COUNT_FOR}' then deaths + 1 else 1 end
          from free
        ) t
        where l.consumer = $1 and l.lane = t.lane
      ) select lanes::integer as share from share`,
    values: [consumer, holder, leaseMs, batch, handfulOf(2, batch)],
  });
  return { share: rows[0]?.share ?? 0, held: await heldLanes(pool, consumer, holder) };
}

async function heldLanes(pool: pg.Pool, consumer: string, holder: string): Promise<HeldLane[]> {
  const { rows } = await pool.query({
    name: 'held-lanes',
    text: `select l.lane, l.cursor_xid::text as xid, l.cursor_seq::text as seq, l.bookmark, l.deaths, l.suspects,
        l.started_attempts, l.finished_attempts, p.cursor_xid::text as published_xid, p.cursor_seq::text as published_seq
      from relay_lane l left join relay_lane p on p.consumer = $3 and p.lane = l.lane
      where l.consumer = $1 and l.holder = $2 order by l.lane`,
    values: [consumer, holder, PUBLISHER],
  });
  return rows.map((row) => ({
    lane: row.lane,
    cursor: { xid: row.xid, seq: row.seq, bookmark: row.bookmark ?? undefined },
    deaths: row.deaths,
    suspects: row.suspects,
    startedAttempts: row.started_attempts,
    finishedAttempts: row.finished_attempts,
    published: row.published_xid === null ? null : { xid: row.published_xid, seq: row.published_seq },
  }));
}

/** Gives lanes back at once, so that another process need not wait for the leases to run out. */
export async function releaseLanes(pool: pg.Pool, consumer: string, holder: string, lanes: number[]): Promise<void> {
  await pool.query({
    name: 'release-lanes',
    text: `update relay_lane set holder = null, lease_until = null where consumer = $1 and holder = $2 and lane = any($3::smallint[])`,
    values: [consumer, holder, lanes],
  });
}

/** The holder ends: nobody need count with it any more. */
export async function leave(pool: pg.Pool, consumer: string, holder: string): Promise<void> {
  await pool.query('delete from relay_worker where consumer = $1 and holder = $2', [consumer, holder]);
}

/** A cursor on its way over some events. */
export interface Move {
  lane: number;
  from: Cursor;
  to: Place;
  events: number;
}

/**
 * Moves cursors, lane by lane as a compare-and-set: a lane that another process holds by now, or whose cursor was moved by somebody
 * else, stays as it is. What was suspect before the new place is so no longer.
 * @returns the lanes that moved
 */
export async function advanceLanes(pool: pg.Pool, consumer: string, holder: string, moves: Move[]): Promise<number[]> {
  const { rows } = await pool.query<{ lane: number }>({
    name: 'advance-lanes',
    text: `update relay_lane l set cursor_xid = m.to_xid::xid8, cursor_seq = m.to_seq, bookmark = coalesce(m.bookmark, l.bookmark),
        deaths = case when l.suspects > m.events then l.deaths else 0 end,
        suspects = greatest(0, l.suspects - m.events), started_attempts = 0, finished_attempts = 0
      from unnest($3::smallint[], $4::text[], $5::bigint[], $6::text[], $7::bigint[], $8::text[], $9::integer[])
        as m(lane, from_xid, from_seq, to_xid, to_seq, bookmark, events)
      where l.consumer = $1 and l.holder = $2 and l.lane = m.lane and l.cursor_xid = m.from_xid::xid8 and l.cursor_seq = m.from_seq
      returning l.lane`,
    values: [
      consumer,
      holder,
      moves.map(({ lane }) => lane),
      moves.map(({ from }) => from.xid),
      moves.map(({ from }) => from.seq),
      moves.map(({ to }) => to.xid),
      moves.map(({ to }) => to.seq),
      moves.map(({ to }) => to.bookmark ?? null),
      moves.map(({ events }) => events),
    ],
  });
  return rows.map((row) => row.lane);
}

/** Attempts on the next event of a lane, kept so that a crash cannot lose them. False when the lane is not the holder's any more. */
export async function markAttempts(
  pool: pg.Pool,
  consumer: string,
  holder: string,
  lane: number,
  attempts: { started: number; finished: number },
): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: 'mark-attempts',
    text: 'update relay_lane set started_attempts = $4, finished_attempts = $5 where consumer = $1 and holder = $2 and lane = $3',
    values: [consumer, holder, lane, attempts.started, attempts.finished],
  });
  return rowCount === 1;
}
