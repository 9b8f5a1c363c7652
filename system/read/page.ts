// One page of a list: filter and order in, the documents of the page and how many there are in all out. Every order is an index's.
import type { Collection, Document, Filter, ReadPreferenceLike, Sort } from 'mongodb';
import { asked } from './mongo.ts';

export interface PageQuery<Order extends string> {
  /** From 1. */
  page: number;
  size: number;
  /** A field, or `-field` for the other direction. */
  sort: Order;
}

/** A caller who has seen a version must not be answered by a replica that has not: only the primary surely has it. */
export interface Freshness {
  primary?: boolean;
}

export function preference({ primary }: Freshness): { readPreference?: ReadPreferenceLike } {
  return primary ? { readPreference: 'primary' } : {};
}

/** Every order ends in `_id`, so that pages never overlap. */
export async function pageOf<Stored extends Document>(
  collection: Collection<Stored>,
  filter: Filter<Stored>,
  { page, size, sort }: PageQuery<string>,
  freshness: Freshness = {},
): Promise<{ stored: Stored[]; total: number }> {
  const options = preference(freshness);
  const [stored, total] = await asked(() =>
    Promise.all([
      collection
        .find<Stored>(filter, options)
        .sort(order(sort))
        .skip((page - 1) * size)
        .limit(size)
        .toArray(),
      collection.countDocuments(filter, options),
    ]),
  );
  return { stored, total };
}

/** Both fields in one direction: then one index walked either way gives both orders. */
function order(sort: string): Sort {
  const direction = sort.startsWith('-') ? -1 : 1;
  const field = sort.replace('-', '');
  return field === '_id' ? { _id: direction } : { [field]: direction, _id: direction };
}
