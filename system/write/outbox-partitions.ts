// The partitions of the outbox: which there are, making some ahead, dropping those that every consumer has passed.
// A partition is a range of transaction ids. A transaction id is given once and for all, so that a range below the oldest open
// transaction is complete: nobody writes into it any more.
import type pg from 'pg';

/** Longest wait for a lock on the outbox. Commands and polls queue up behind such a wait, so it must not be felt; the next turn tries again. */
const LOCK_MS = 200;
/** Ids that may be given while a partition is being made. */
const MARGIN = 10_000n;

export interface Partition {
  name: string;
  /** Transaction ids from here... */
  from: bigint;
  /** ...to before here. */
  to: bigint;
}

export interface Partitions {
  /** In order, without the default partition. */
  ranges: Partition[];
  /** The default partition holds events: those of a time for which nobody had made a partition. */
  defaultHolds: boolean;
  /** The transaction id that is given next. */
  nextXid: bigint;
  /** Every transaction below has ended. */
  oldestXid: bigint;
}

type Queryable = Pick<pg.ClientBase, 'query'>;

export async function readPartitions(client: Queryable): Promise<Partitions> {
  const { rows } = await client.query(`
    select pg_snapshot_xmax(pg_current_snapshot())::text as next, pg_snapshot_xmin(pg_current_snapshot())::text as oldest,
      exists (select from outbox_default) as default_holds,
      (select json_agg(json_build_object('name', c.relname, 'bound', pg_get_expr(c.relpartbound, c.oid)))
       from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'outbox'::regclass) as parts`);
  const { next, oldest, default_holds: defaultHolds, parts } = rows[0];
  const ranges = (parts as { name: string; bound: string }[]).flatMap(({ name, bound }) => {
    const found = /FROM \('(\d+)'\) TO \('(\d+)'\)/.exec(bound);
    return found ? [{ name, from: BigInt(found[1]!), to: BigInt(found[2]!) }] : [];
  });
  ranges.sort((a, b) => Number(a.from - b.from));
  return { ranges, defaultHolds, nextXid: BigInt(next), oldestXid: BigInt(oldest) };
}

/**
 * The ranges to make so that at least `width` ids ahead of the next one have their partition. Pure.
 * After a time without maintenance the ids that were given meanwhile stay with the default partition.
 */
export function rangesAhead(
  { ranges, defaultHolds, nextXid }: Partitions,
  width: bigint,
): { from: bigint; to: bigint }[] {
  const last = ranges.at(-1)?.to ?? 0n;
  const isWhole = last >= nextXid && !defaultHolds;
  const needed = nextXid + (isWhole ? 0n : MARGIN) + width;
  let from = isWhole ? last : max(last, nextXid + MARGIN);
  const made: { from: bigint; to: bigint }[] = [];
  while (from < needed) {
    made.push({ from, to: from + width });
    from += width;
  }
  return made;
}

/** Makes one partition. Throws when events of this range stand in the default partition already, or on a lock that does not come. */
export async function makePartition(client: Queryable, { from, to }: { from: bigint; to: bigint }): Promise<void> {
  await inTransaction(client, () => client.query('select make_outbox_partition($1, $2)', [String(from), String(to)]));
}

/** What every consumer has passed, as the condition on a partition `%I`: no lane of any of them has an event behind its cursor there. */
const PASSED = (table: string) => `
  select coalesce(bool_and(not exists (
      select from ${table} o where o.lane = l.lane and o.xid >= l.cursor_xid and (o.xid, o.seq) > (l.cursor_xid, l.cursor_seq))), false) as passed
  from relay_lane l`;

const NEWEST = (table: string) => `
  select max(e.occurred_at) as newest from (select distinct lane from relay_lane) l cross join lateral (
    select o.occurred_at from ${table} o where o.lane = l.lane order by o.xid desc, o.seq desc limit 1) e`;

/**
 * Drops the oldest partitions, in order, up to the first that is not complete, that a consumer has not passed, or whose newest event is
 * younger than `retentionMs`. The default partition is emptied under the same conditions.
 * @returns names of what was dropped or emptied
 */
export async function dropPassed(client: Queryable, partitions: Partitions, retentionMs: number): Promise<string[]> {
  const dropped: string[] = [];
  for (const { name, to } of partitions.ranges) {
    if (to > partitions.oldestXid || !(await isPassed(client, name, retentionMs))) break;
    await inTransaction(client, async () => {
      await moveHorizon(client, name);
      await client.query(`drop table ${name}`);
    });
    dropped.push(name);
  }
  if (partitions.defaultHolds) {
    await inTransaction(client, async () => {
      // It may be in use, so nobody may write while we look.
      await client.query('lock table outbox_default in access exclusive mode');
      if (!(await isPassed(client, 'outbox_default', retentionMs))) return;
      await moveHorizon(client, 'outbox_default');
      await client.query('truncate outbox_default');
      dropped.push('outbox_default');
    });
  }
  return dropped;
}

async function isPassed(client: Queryable, table: string, retentionMs: number): Promise<boolean> {
  const { rows } = await client.query(
    `select n.newest is null or n.newest < clock_timestamp() - $1 * interval '1 millisecond' as old from (${NEWEST(table)}) n`,
    [retentionMs],
  );
  if (!rows[0].old) return false;
  const { rows: passed } = await client.query(PASSED(table));
  return passed[0].passed;
}

async function moveHorizon(client: Queryable, table: string): Promise<void> {
  await client.query(`update outbox_horizon set dropped_until = greatest(dropped_until, (${NEWEST(table)}))`);
}

async function inTransaction(client: Queryable, work: () => Promise<unknown>): Promise<void> {
  await client.query('begin');
  try {
    await client.query(`set local lock_timeout = ${LOCK_MS}`);
    await work();
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
