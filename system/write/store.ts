// The statements of the write side: read an aggregate with the answer kept under the key, and store it, or many new ones, with their events.
import type pg from 'pg';
import type { ErrorCode } from '../errors.ts';
import type { AggregateType } from './aggregates.ts';
import { brokenRule, isRival, takenIds, toAmsError } from './pg-errors.ts';

/** Who asks, and under which key. The answer of an accepted command is kept per tenant, actor and key. */
export interface CommandContext {
  tenantId: string;
  actor: string;
  idempotencyKey: string;
  /** Equal for equal requests: a key is answered again only for the same one. */
  requestHash: string;
  /** W3C traceparent of the command's span: the events carry it on. */
  traceParent: string;
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

/** The answer to keep under the key. */
interface Answer {
  status: number;
  /** JSON text. */
  response: string;
}

export interface Change extends Answer {
  aggregateType: AggregateType;
  id: string;
  /** Version that the events were decided on; 0 creates the aggregate. */
  expectedVersion: number;
  state: object;
  events: object[];
}

export interface NewAggregates extends Answer {
  aggregateType: AggregateType;
  made: { id: string; state: object; events: object[] }[];
}

/** `refused`: a rule across aggregates forbids it, nothing was stored. */
export type Stored =
  | { outcome: 'stored' }
  | { outcome: 'conflict' }
  | { outcome: 'refused'; code: ErrorCode }
  | Remembered;

type Queryable = Pick<pg.Pool, 'query'>;

/** One round trip: the aggregate as it stands, and what the key was answered, if it was. Throws what `toAmsError` gives. */
export async function load<State>(
  pool: Queryable,
  type: AggregateType,
  context: CommandContext,
  id: string,
): Promise<Loaded<State>> {
  const { rows } = await pool
    .query({
      name: `load-${type}`,
      text: `select coalesce(a.version, 0) as version, a.state, r.outcome, r.status, r.response
      from (select) as one
      left join ${type} a on a.tenant_id = $1 and a.id = $2
      left join remembered_answer($1, $3, $4, $5) r on true`,
      values: [context.tenantId, id, context.actor, context.idempotencyKey, context.requestHash],
    })
    .catch(rethrow);
  const { version, state, outcome, status, response } = rows[0];
  return { version, state, remembered: outcome ? { outcome, status, response } : null };
}

/** One round trip: what the key was answered, if it was. Throws what `toAmsError` gives. */
export async function recall(pool: Queryable, context: CommandContext): Promise<Remembered | null> {
  const { rows } = await pool
    .query<Remembered>({
      name: 'recall',
      text: 'select outcome, status, response from remembered_answer($1, $2, $3, $4)',
      values: [context.tenantId, context.actor, context.idempotencyKey, context.requestHash],
    })
    .catch(rethrow);
  return rows[0] ?? null;
}

/**
 * One round trip and one transaction: version compared and set, state, events and answer kept (`0002_store_command.sql`).
 * `conflict` also when a rival with the same key won at the same time. Throws what `toAmsError` gives.
 */
export async function store(pool: Queryable, context: CommandContext, change: Change): Promise<Stored> {
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
        context.traceParent,
        change.status,
        change.response,
      ],
    });
    return rows[0]!;
  } catch (error) {
    if (isRival(error)) return { outcome: 'conflict' };
    const code = brokenRule(error);
    if (code) return { outcome: 'refused', code };
    throw toAmsError(error);
  }
}

/**
 * The same for many new aggregates, all of them or none. `made` must be ordered by id.
 * `taken`: these ids exist, or a twin of this request has just made them. Throws what `toAmsError` gives.
 */
export async function storeNew(
  pool: Queryable,
  context: CommandContext,
  { aggregateType, made, status, response }: NewAggregates,
): Promise<Stored | { outcome: 'taken'; ids: string[] }> {
  try {
    const { rows } = await pool.query<Stored>({
      name: 'store-new',
      text: 'select outcome, status, response from store_new_aggregates($1, $2, $3, $4, $5, $6, $7, $8, $9)',
      values: [
        context.tenantId,
        context.actor,
        context.idempotencyKey,
        context.requestHash,
        aggregateType,
        JSON.stringify(made),
        context.traceParent,
        status,
        response,
      ],
    });
    return rows[0]!;
  } catch (error) {
    if (isRival(error)) return { outcome: 'conflict' };
    const ids = takenIds(error);
    if (ids) return { outcome: 'taken', ids };
    throw toAmsError(error);
  }
}

function rethrow(error: unknown): never {
  throw toAmsError(error);
}
