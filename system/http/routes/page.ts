// What every list answers: the entries of a page, and beside them in `meta` which page of how many it is.
import type { PageQuery } from '../../read/page.ts';
import type { Outcome } from '../route.ts';

export async function pageOf<Q extends PageQuery<string>>(
  list: { page(query: Q): Promise<{ entries: unknown[]; total: number }> },
  query: Q,
): Promise<Outcome> {
  const { entries, total } = await list.page(query);
  const { page, size, sort } = query;
  return { data: entries, meta: { page, size, total, sort } };
}
