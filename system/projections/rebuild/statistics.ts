// Marks every statistic that a rebuilt read model has, and every one that is counted already, so that all are counted again.
import type { Db } from 'mongodb';
import type { Clock } from '../../clock.ts';
import { idsWithin } from '../../read/shard-keys.ts';
import { DURABLE } from '../durable.ts';
import { type Bucket, mark } from '../statistics/dirty.ts';
import type { Source } from './source.ts';

const AT_ONCE = 1000;

/** @param type of the aggregates whose read model was rebuilt; others have no statistics */
export async function markAll(db: Db, source: Source, clock: Clock, type: string): Promise<number> {
  let marked = 0;
  for (const tenantId of await source.tenants(type)) {
    const buckets = await bucketsOf(db, type, tenantId);
    for (let at = 0; at < buckets.length; at += AT_ONCE) await mark(db, buckets.slice(at, at + AT_ONCE), clock.now());
    marked += buckets.length;
  }
  return marked;
}

async function bucketsOf(db: Db, type: string, tenantId: string): Promise<Bucket[]> {
  const ids = { _id: idsWithin(tenantId) };
  const distinct = async <Key>(collection: string, fields: Record<string, string>) => {
    const pipeline = [{ $match: ids }, { $group: { _id: fields } }];
    return (await db.collection(collection, DURABLE).aggregate<{ _id: Key }>(pipeline).toArray()).map(({ _id }) => _id);
  };
  if (type === 'attendance') {
    const fields = { date: '$date', classId: '$classId' };
    const found = await Promise.all(
      ['attendance_sheet', 'attendance_statistic'].map((name) =>
        distinct<{ date: string; classId: string }>(name, fields),
      ),
    );
    return found.flat().map((key) => ({ kind: 'attendance', tenantId, ...key }));
  }
  if (type === 'payment') {
    const [paid, counted] = await Promise.all([
      distinct<{ month: string }>('payment', { month: '$forMonth' }),
      distinct<{ month: string }>('payment_statistic', { month: '$month' }),
    ]);
    return [...paid, ...counted].map((key) => ({ kind: 'payment', tenantId, ...key }));
  }
  return [];
}
