// What speaks for a shard key: how far it divides the data, how evenly, and how many operations of a load it sends to one place. Pure.
import type { ShardKey } from '../shard-keys.ts';
import { filtersOf, type Target, targetOf } from '../targeting.ts';

/** An operation as MongoDB's profiler writes it down. */
export interface Profiled {
  /** `<database>.<collection>` */
  ns: string;
  op: string;
  command?: Record<string, unknown>;
  ninserted?: number;
}

/** Operations by where a router would send them. */
export type Targets = Record<Target, number>;

/**
 * Where the operations on a collection would go under this key. Inserts carry their whole document, so they always go to one place.
 * @param id the fields that `_id` consists of: whoever names an `_id`, or a range of them, knows those, and could name them instead
 */
export function targetsOf(operations: Profiled[], collection: string, id: string[], key: ShardKey): Targets {
  const targets: Targets = { one: 0, some: 0, all: 0 };
  for (const operation of operations) {
    if (operation.ns.slice(operation.ns.indexOf('.') + 1) !== collection) continue;
    if (operation.op === 'insert') targets.one += operation.ninserted ?? 1;
    else for (const filter of filtersIn(operation)) targets[targetOf(key, withParts(id, filter))]++;
  }
  return targets;
}

function filtersIn({ op, command = {} }: Profiled): Record<string, unknown>[] {
  // Each update and delete of a batch is an entry of its own, with its filter as `q`.
  if (op === 'update' || op === 'remove') return [(command.q ?? {}) as Record<string, unknown>];
  // What goes on where another began says nothing new.
  if (op === 'getmore') return [];
  return filtersOf(command).map(({ filter }) => filter);
}

/** The filter with what its condition on `_id` says about the fields that `_id` consists of. */
function withParts(id: string[], filter: Record<string, unknown>): Record<string, unknown> {
  const { _id: condition, $or: branches } = filter;
  if (Array.isArray(branches)) return { ...filter, $or: branches.map((branch) => withParts(id, branch)) };
  if (typeof condition === 'string') return { ...named(id, [condition]), ...filter };
  if (condition === null || typeof condition !== 'object') return filter;
  const { $in: listed, $gte: from } = condition as { $in?: string[]; $gte?: string };
  if (listed) return { ...named(id, listed), ...filter };
  if (typeof from !== 'string') return filter;
  // `a/b/` is a range within a and b; `a/2026-11-01` one that begins at that value of the second field.
  const parts = from.split('/');
  const last = parts.pop()!;
  const known = named(id, [parts.join('/')], parts.length);
  return last === '' ? { ...known, ...filter } : { ...known, [id[parts.length]!]: { $gte: last }, ...filter };
}

function named(id: string[], ids: string[], fields = id.length): Record<string, { $in: string[] }> {
  const split = ids.map((one) => one.split('/'));
  const entries = id
    .slice(0, fields)
    .map((field, at) => [field, { $in: [...new Set(split.map((parts) => parts[at]!))] }]);
  return Object.fromEntries(entries);
}

export interface Spread {
  documents: number;
  /** Distinct values of the key: as many pieces the data can have at most. */
  values: number;
  /** Share of the documents with the most frequent value, 0 to 1: what can never be divided. */
  largestShare: number;
  /** Standard deviation of the documents per value, over their mean; 0 is even. */
  variation: number;
}

/** From the number of values and the sum, the sum of squares and the largest of the documents per value. */
export function spreadOf(sums: { values: number; documents: number; squares: number; largest: number }): Spread {
  const { values, documents, squares, largest } = sums;
  if (values === 0) return { documents: 0, values: 0, largestShare: 0, variation: 0 };
  const mean = documents / values;
  const variance = Math.max(0, squares / values - mean * mean);
  return { documents, values, largestShare: largest / documents, variation: Math.sqrt(variance) / mean };
}

export function nameOf(key: ShardKey): string {
  return Object.entries(key)
    .map(([field, kind]) => (kind === 'hashed' ? `${field} hashed` : field))
    .join(', ');
}
