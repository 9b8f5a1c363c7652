// The two statements of the write side: read an aggregate with the answer kept under the key, and store it with its events.
import type pg from 'pg';
import { isRival, toAmsError } from './pg-errors.ts';

/** Who asks, and under which key. The answer of an accepted command is kept per tenant, actor and key. */
export interface CommandContext {
  tenantId: string;
  actor: string;
  idempotencyKey: string;
  /** Equal for equal requests: a key is answered again only for the same one. */
  requestHash: string;
  traceId: string;
}

/** An answer kept under an Idempotency-Key; `reused`: it was given to another request. */
export interface Remembered {
  outcome: 'replayed' | 'reused';
  status: number;
  response: unknown;
}

export interface Loaded<State> {
  /** 0 when the aggregate does not exist. */
  version: number;
  state: State | null;
  remembered: Remembered | null;
}

export interface Change {
  aggregateType: string;
  id: string;
  /** Version that the events were decided on; 0 creates the aggregate. */
  expectedVersion: number;
  state: object;
  events: object[];
  status: number;
  /** The answer to keep, as JSON text. */
  response: string;
}

export type Stored = { outcome: 'stored' } | { outcome: 'conflict' } | Remembered;

/** One round trip: the aggregate as it stands, and what the key was answered, if it was. Throws what `toAmsError` gives. */
export async function load<State>(
  pool: pg.Pool,
  aggregate: { type: string; stateSql: string },
  context: CommandContext,
  id: string,
): Promise<Loaded<State>> {
  const { rows } = await asked(
    pool.query({
      name: `load-${aggregate.type}`,
      text: `select coalesce(a.version, 0) as version, case when a.version is not null then ${aggregate.stateSql} end as state,
        r.outcome, r.status, r.response
      from (select) as one
      left join ${aggregate.type} a on a.tenant_id = $1 and a.id = $2
      left join remembered_answer($1, $3, $4, $5) r on true`,
      values: [context.tenantId, id, context.actor, context.idempotencyKey, context.requestHash],
    }),
  );
  const { version, state, outcome, status, response } = rows[0];
  return { version, state, remembered: outcome ? { outcome, status, response } : null };
}

/**
 * One round trip and one transaction: version compared and set, state, events and answer kept (`0002_store_command.sql`).
 * `conflict` also when a rival with the same key won at the same time. Throws what `toAmsError` gives.
 */
export async function store(pool: Pick<pg.Pool, 'query'>, context: CommandContext, change: Change): Promise<Stored> {
  try {
    const { rows } = await pool.query<Stored>({
      name: 'store',
      text: 'select outcome, status, response from store_command($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)',
      values: [
        context.tenantId,
        context.actor,
        context.idempotencyKey,
        context.requestHash,
        change.aggregateType,
        change.id,
        change.expectedVersion,
        JSON.stringify(change.state),
        JSON.stringify(change.events),
        context.traceId,
        change.status,
        change.response,
      ],
    });
    return rows[0]!;
  } catch (error) {
    if (isRival(error)) return { outcome: 'conflict' };
    throw toAmsError(error);
  }
}

async function asked<T>(query: Promise<T>): Promise<T> {
  try {
    return await query;
  } catch (error) {
    throw toAmsError(error);
  }
}
