// What a rebuild reads of the write model: aggregates as they are now, and which of them have changed since a moment.
import type pg from 'pg';
import type { AggregateState } from '../projection.ts';

/** A moment in the order of the outbox: every transaction below it has ended, and none can begin below it any more. */
export type Moment = string;

/** Aggregates between two questions. */
const PAGE = 2000;

interface Row {
  tenant_id: string;
  id: string;
  version: number;
  state: unknown;
  created_ms: number;
  updated_ms: number;
}

/** The times exactly as the relay reads those of the events: so that both give the same documents. */
const COLUMNS = `tenant_id, id, version, state, extract(epoch from created_at)::float8 * 1000 as created_ms,
  extract(epoch from updated_at)::float8 * 1000 as updated_ms`;

export interface Source {
  now(): Promise<Moment>;
  /** All aggregates of the type, in the order of tenant and id, a page at a time; the next page is read while one is used. */
  pages(type: string): AsyncGenerator<AggregateState[]>;
  /** Aggregates of the type with events from `from` to before `to`, as they are now. */
  changed(type: string, from: Moment, to: Moment): AsyncGenerator<AggregateState[]>;
  one(type: string, tenantId: string, id: string): Promise<AggregateState | undefined>;
  tenants(type: string): Promise<string[]>;
}

export function createSource(pool: pg.Pool): Source {
  async function page(type: string, tenantId: string, id: string): Promise<AggregateState[]> {
    const { rows } = await pool.query<Row>({
      name: 'rebuild-page',
      text: `select ${COLUMNS} from aggregate where type = $1 and (tenant_id, id) > ($2, $3::uuid) order by tenant_id, id limit ${PAGE}`,
      values: [type, tenantId, id],
    });
    return rows.map(stateOf);
  }

  return {
    async now() {
      const { rows } = await pool.query('select pg_snapshot_xmin(pg_current_snapshot())::text as moment');
      return rows[0].moment;
    },

    async *pages(type) {
      let next = page(type, '', '00000000-0000-0000-0000-000000000000');
      while (true) {
        const states = await next;
        const last = states.at(-1);
        if (!last) return;
        next = page(type, last.tenantId, last.aggregateId);
        // Nobody awaits it while the caller works; its failure is heard at the next turn, or never if there is none.
        next.catch(() => {});
        yield states;
      }
    },

    async *changed(type, from, to) {
      const { rows } = await pool.query<{ tenant_id: string; aggregate_id: string }>(
        `select distinct tenant_id, aggregate_id from outbox
         where xid >= $2::text::xid8 and xid < $3::text::xid8 and aggregate_type = $1`,
        [type, from, to],
      );
      for (let at = 0; at < rows.length; at += PAGE) {
        const some = rows.slice(at, at + PAGE);
        const found = await pool.query<Row>({
          name: 'rebuild-changed',
          text: `select ${COLUMNS} from unnest($2::text[], $3::uuid[]) as wanted(tenant_id, id)
            join aggregate using (tenant_id, id) where type = $1`,
          values: [type, some.map((row) => row.tenant_id), some.map((row) => row.aggregate_id)],
        });
        yield found.rows.map(stateOf);
      }
    },

    async one(type, tenantId, id) {
      const text = `select ${COLUMNS} from aggregate where type = $1 and tenant_id = $2 and id = $3`;
      const { rows } = await pool.query<Row>(text, [type, tenantId, id]);
      return rows[0] && stateOf(rows[0]);
    },

    async tenants(type) {
      const { rows } = await pool.query('select distinct tenant_id from aggregate where type = $1', [type]);
      return rows.map((row) => row.tenant_id);
    },
  };
}

function stateOf({ tenant_id, id, version, state, created_ms, updated_ms }: Row): AggregateState {
  const times = { createdAt: new Date(created_ms), updatedAt: new Date(updated_ms) };
  return { tenantId: tenant_id, aggregateId: id, version, state, ...times };
}
