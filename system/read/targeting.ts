// Does an operation carry a shard key? Pure: filters and keys in, how well the router could aim it out.
import type { ShardKey } from './shard-keys.ts';

/** `one`: a single value of the whole key; `some`: its first fields, so the shards of that range; `all`: every shard is asked. */
export type Target = 'one' | 'some' | 'all';

type Filter = Record<string, unknown>;

/**
 * How a router aims a filter at a key. The first field without a condition ends what it can use; a range is of no use to a hashed field.
 * Source: MongoDB manual, "Targeted Operations vs. Broadcast Operations".
 */
export function targetOf(key: ShardKey, filter: Filter): Target {
  const { $or: branches, ...others } = filter;
  if (Array.isArray(branches)) {
    // Each branch has places of its own; one without any sends the whole to all.
    const targets = branches.map((branch: Filter) => targetOf(key, { $and: [others, branch] }));
    return targets.includes('all') ? 'all' : targets.length === 1 ? targets[0]! : 'some';
  }
  const conditions = flat(filter);
  let single = true;
  let used = 0;
  for (const [field, kind] of Object.entries(key)) {
    const condition = conditions.get(field);
    if (condition === undefined || (kind === 'hashed' && condition === 'range')) break;
    used++;
    if (condition !== 'equal') single = false;
    if (condition === 'range') break;
  }
  if (used === 0) return 'all';
  return single && used === Object.keys(key).length ? 'one' : 'some';
}

type Condition = 'equal' | 'in' | 'range';

/** Conditions by field, also those inside `$and`. A document inside (`event.aggregateId`) counts under its dotted name. */
function flat(filter: Filter): Map<string, Condition> {
  const found = new Map<string, Condition>();
  for (const [field, value] of Object.entries(filter)) {
    if (field === '$and') {
      for (const part of value as Filter[]) for (const [name, condition] of flat(part)) found.set(name, condition);
    } else if (!field.startsWith('$')) {
      const condition = conditionOf(value);
      if (condition) found.set(field, condition);
    }
  }
  return found;
}

function conditionOf(value: unknown): Condition | undefined {
  if (value === null || typeof value !== 'object') return 'equal';
  if (value instanceof RegExp || value instanceof Date) return value instanceof Date ? 'equal' : undefined;
  const operators = Object.keys(value);
  if (!operators.some((name) => name.startsWith('$'))) return 'equal';
  if (operators.includes('$eq')) return 'equal';
  if (operators.includes('$in')) return (value as { $in: unknown[] }).$in.length === 1 ? 'equal' : 'in';
  return operators.some((name) => ['$gt', '$gte', '$lt', '$lte'].includes(name)) ? 'range' : undefined;
}

/** One filter that a command sends to one collection. */
export interface Sent {
  collection: string;
  kind: 'read' | 'write';
  filter: Filter;
}

/**
 * The filters in a command as the driver sends it. Inserts give their documents: they carry the key when they contain it.
 * A `getMore` goes where its `find` went and gives nothing.
 */
export function filtersOf(command: Record<string, unknown>): Sent[] {
  const [name, collection] = Object.entries(command)[0] as [string, string];
  const sent = (kind: Sent['kind'], filter: unknown) => ({ collection, kind, filter: (filter ?? {}) as Filter });
  const each = (list: unknown) => (list as Filter[] | undefined) ?? [];
  if (name === 'find') return [sent('read', command.filter)];
  if (name === 'count' || name === 'distinct') return [sent('read', command.query)];
  if (name === 'findAndModify') return [sent('write', command.query)];
  if (name === 'insert') return each(command.documents).map((document) => sent('write', document));
  if (name === 'update') return each(command.updates).map(({ q }) => sent('write', q));
  if (name === 'delete') return each(command.deletes).map(({ q }) => sent('write', q));
  if (name === 'aggregate') {
    const [first] = each(command.pipeline);
    return [sent('read', first?.$match)];
  }
  return [];
}
