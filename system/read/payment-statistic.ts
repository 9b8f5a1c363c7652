// Payments of an academy by month: the counted buckets in `payment_statistic`, through the cache.
import type { Db } from 'mongodb';
import type { Cache, CacheOutcome } from '../cache/cache.ts';
import { asked } from './mongo.ts';
import { idsBetween } from './shard-keys.ts';
import { paymentScope } from './statistic-scopes.ts';

export interface PaymentMonth {
  /** YYYY-MM */
  month: string;
  payments: number;
  amountWon: number;
  refunds: number;
  refundedWon: number;
  /** Won by method, refunds not taken off. */
  cardWon: number;
  cashWon: number;
  transferWon: number;
}

export interface PaymentStatistic {
  from: string;
  to: string;
  /** In order; months without payments are left out. */
  months: PaymentMonth[];
}

/** @param period first and last month, YYYY-MM */
export type PaymentStatistics = (
  tenantId: string,
  period: { from: string; to: string },
) => Promise<{ value: PaymentStatistic; cache: CacheOutcome }>;

export function paymentStatistics(db: Db, cache: Cache): PaymentStatistics {
  const collection = db.collection<PaymentMonth & { _id: string }>('payment_statistic');
  const projection = {
    _id: 0,
    month: 1,
    payments: 1,
    amountWon: 1,
    refunds: 1,
    refundedWon: 1,
    cardWon: 1,
    cashWon: 1,
    transferWon: 1,
  };
  return (tenantId, { from, to }) =>
    cache.through(paymentScope(tenantId), `${from}/${to}`, 'short-lived', async () => {
      const filter = { _id: idsBetween(tenantId, from, to), payments: { $gt: 0 } };
      const months = await asked(() =>
        collection.find<PaymentMonth>(filter, { projection }).sort({ _id: 1 }).toArray(),
      );
      return { from, to, months };
    });
}
