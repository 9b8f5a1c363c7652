// The audit after a load: is every acknowledged command published in the outbox and projected into its read model, and is the whole
// database so? In, on standard input: {acknowledged: [{id, version}]}, where a bulk command has version 0 and its `entries` as it answered
// them. Out, on standard output: an Audit as JSON.
import { text } from 'node:stream/consumers';
import { type Db, MongoClient } from 'mongodb';
import pg from 'pg';
import { z } from 'zod';
import { readConfig } from '../config.ts';
import type { DeadLetter } from '../projections/aside.ts';
import { PROJECTIONS } from '../projections/projections.ts';

/** After a primary that stalls without ending, the read models were seen to stand for 35 s until a majority took writes again. */
const LONGEST_WAIT_MS = 60_000;
const LOOK_EVERY_MS = 200;
const MOST_LISTED = 100;

const one = z.object({ id: z.uuid(), version: z.int().positive() });
const many = z.object({ id: z.uuid(), version: z.literal(0), entries: z.array(one) });
const input = z.object({ acknowledged: z.array(z.union([one, many])) });

type Acknowledged = z.infer<typeof one>;

/** What commands acknowledged, an entry for each aggregate. */
export function flatten(acknowledged: z.infer<typeof input>['acknowledged']): Acknowledged[] {
  return acknowledged.flatMap((one) => ('entries' in one ? one.entries : [one]));
}

export interface Missing extends Acknowledged {
  where: 'outbox' | 'projection';
  why: string;
}

export interface Audit {
  acknowledged: number;
  /** Of the acknowledged ones, those whose event is in the outbox. */
  published: number;
  /** Of the acknowledged ones, those whose read model has at least that version. */
  projected: number;
  /** The first 100 of `missingTotal`. Also aggregates nobody acknowledged, when their events or read model do not match them. */
  missing: Missing[];
  missingTotal: number;
  /** Every aggregate of the database was compared, acknowledged or not. */
  aggregates: number;
  events: number;
}

/** What the three places say of one aggregate. */
interface Kept {
  stateVersion: number;
  /** Its events that the outbox has, and the versions of the first and the last of them. */
  events: number;
  firstEvent: number;
  lastEvent: number;
  documentVersion: number;
  /** Its first events are so old that maintenance may have dropped them, or even all of them. */
  mayLack: 'none' | 'first' | 'all';
}

async function readAll(pool: pg.Pool, db: Db): Promise<Map<string, Kept>> {
  const [{ rows }, ...documents] = await Promise.all([
    pool.query(`
      with published as (
        select tenant_id, aggregate_type as type, aggregate_id as id, count(distinct version)::integer as events,
          min(version) as first_event, max(version) as last_event
        from outbox group by tenant_id, aggregate_type, aggregate_id)
      select tenant_id || '/' || id as key, type, coalesce(version, 0) as version, coalesce(events, 0) as events,
        coalesce(first_event, 0) as first_event, coalesce(last_event, 0) as last_event,
        case when updated_at <= dropped_until then 'all' when created_at <= dropped_until then 'first' else 'none' end as may_lack
      from aggregate full join published using (tenant_id, type, id) cross join outbox_horizon`),
    ...PROJECTIONS.map(async ({ aggregateType, collection }) => {
      const found = await db
        .collection<{ _id: string; version: number }>(collection)
        .find({}, { projection: { version: 1 } })
        .toArray();
      return { aggregateType, versions: new Map(found.map(({ _id, version }) => [aggregateOf(_id), version])) };
    }),
  ]);
  return new Map(
    rows.map((row) => {
      const models = documents.filter(({ aggregateType }) => aggregateType === row.type);
      return [
        row.key,
        {
          stateVersion: row.version,
          events: row.events,
          firstEvent: row.first_event,
          lastEvent: row.last_event,
          // The hindmost of its read models.
          documentVersion: Math.min(...models.map(({ versions }) => versions.get(row.key) ?? 0)),
          mayLack: row.may_lack,
        },
      ];
    }),
  );
}

/** `tenant/aggregate` of a document's `_id`, which begins with the tenant and ends with the aggregate. */
function aggregateOf(_id: string): string {
  return `${_id.slice(0, _id.indexOf('/'))}${_id.slice(_id.lastIndexOf('/'))}`;
}

/** Up to which version all events are published, those that were dropped since included. */
function publishedUpTo({ stateVersion, events, firstEvent, lastEvent, mayLack }: Kept): number {
  if (events === 0) return mayLack === 'all' ? stateVersion : 0;
  const isWhole = events === lastEvent - firstEvent + 1 && (firstEvent === 1 || mayLack !== 'none');
  return isWhole ? lastEvent : Math.min(events, lastEvent - 1);
}

/** Compares what was acknowledged with what is kept; lists everything that is missing. Pure. */
export function compare(acknowledged: Acknowledged[], kept: Map<string, Kept>): Audit {
  const byId = new Map([...kept].map(([key, value]) => [key.slice(key.lastIndexOf('/') + 1), value]));
  const missing: Missing[] = [];
  let published = 0;
  let projected = 0;
  for (const { id, version } of acknowledged) {
    const found = byId.get(id);
    const isPublished = found !== undefined && publishedUpTo(found) >= version;
    const isProjected = (found?.documentVersion ?? 0) >= version;
    if (isPublished) published++;
    else missing.push({ id, version, where: 'outbox', why: `acknowledged, but ${found?.events ?? 0} events are kept` });
    if (isProjected) projected++;
    else if (isPublished) {
      const why = found?.documentVersion
        ? `acknowledged, but the read model has version ${found.documentVersion}`
        : 'acknowledged, but not in the read model';
      missing.push({ id, version, where: 'projection', why });
    }
  }
  const named = new Set(missing.map(({ id }) => id));
  let events = 0;
  for (const [key, found] of kept) {
    events += found.events;
    const id = key.slice(key.lastIndexOf('/') + 1);
    if (named.has(id)) continue;
    const { stateVersion: version, events: count, lastEvent, documentVersion } = found;
    if (publishedUpTo(found) !== version) {
      const why = `version ${version}, but ${count} events up to version ${lastEvent}`;
      missing.push({ id, version, where: 'outbox', why });
    } else if (documentVersion !== version) {
      const why = `version ${version}, but the read model has version ${documentVersion}`;
      missing.push({ id, version, where: 'projection', why });
    }
  }
  return {
    acknowledged: acknowledged.length,
    published,
    projected,
    missing,
    missingTotal: missing.length,
    aggregates: kept.size,
    events,
  };
}

/** Adds why a read model stands still, where a dead letter says it. */
async function withReasons(db: Db, missing: Missing[]): Promise<Missing[]> {
  const ids = missing.map(({ id }) => id);
  const letters = await db
    .collection<DeadLetter>('dead_letter')
    .find({ 'event.aggregateId': { $in: ids } })
    .toArray();
  const reasons = new Map(
    letters.map(({ event, reason }) => [event.aggregateId, `version ${event.version}: ${reason}`]),
  );
  return missing.map((one) => {
    const reason = one.where === 'projection' && reasons.get(one.id);
    return reason ? { ...one, why: `${one.why}; dead letter of ${reason}` } : one;
  });
}

/** Looks until the read models have all that the outbox has, at most `longestWaitMs`. */
export async function audit(
  urls: { postgres: string; mongodb: string },
  acknowledged: Acknowledged[],
  longestWaitMs = LONGEST_WAIT_MS,
): Promise<Audit> {
  const pool = new pg.Pool({ connectionString: urls.postgres, max: 1, connectionTimeoutMillis: 5000 });
  const mongo = new MongoClient(urls.mongodb, { serverSelectionTimeoutMS: 5000 });
  const endMs = performance.now() + longestWaitMs;
  try {
    while (true) {
      const result = compare(acknowledged, await readAll(pool, mongo.db()));
      const behind = result.missing.some(({ where }) => where === 'projection');
      if (!behind || performance.now() >= endMs) {
        return { ...result, missing: await withReasons(mongo.db(), result.missing.slice(0, MOST_LISTED)) };
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  } finally {
    await Promise.all([pool.end(), mongo.close()]);
  }
}

if (import.meta.main) {
  const { acknowledged } = input.parse(JSON.parse(await text(process.stdin)));
  const config = readConfig();
  const result = await audit({ postgres: config.DATABASE_URL, mongodb: config.MONGODB_URL }, flatten(acknowledged));
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
