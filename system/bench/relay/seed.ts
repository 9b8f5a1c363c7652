// Events for the relay to carry: requests and confirmations of attendances, members and their new names, as a busy day has them.
import type pg from 'pg';

/** Aggregates whose first events come in a row, before the second ones of the same. */
const AGGREGATES_PER_WAVE = 1000;

/**
 * Appends `events` (an even number) to the outbox in one transaction, two of each aggregate: half of the aggregates are attendances, half
 * members. Resolves when they are committed, which is when the relay may read them.
 */
export async function appendEvents(pool: pg.Pool, events: number): Promise<void> {
  await pool.query(
    `with aggregate as (
       select n, gen_random_uuid() as id, case when n % 2 = 0 then 'attendance' else 'member' end as type,
         jsonb_build_object('classId', 'c' || n % 500, 'studentId', gen_random_uuid(), 'date', '2026-11-' || 10 + n % 20) as day
       from generate_series(1, $1::int / 2) n
     ), event as (
       select n / ${AGGREGATES_PER_WAVE} as wave, version, n, id, type, case
           when type = 'member' and version = 1 then jsonb_build_object('name', 'Kim ' || n, 'role', 'student', 'phone', null, 'guardianId', null)
           when type = 'member' then jsonb_build_object('name', 'Lee ' || n)
           when version = 1 then day
           else day || '{"mark": "present"}'
         end as data
       from aggregate, generate_series(1, 2) version
     )
     insert into outbox (lane, tenant_id, aggregate_type, aggregate_id, version, type, data)
     select lane_of('t' || n % 20, id), 't' || n % 20, type, id, version, case
         when type = 'member' and version = 1 then 'MemberCreated'
         when type = 'member' then 'MemberUpdated'
         when version = 1 then 'AttendanceRequested'
         else 'AttendanceConfirmed'
       end, data
     from event order by wave, version, n`,
    [events],
  );
}
