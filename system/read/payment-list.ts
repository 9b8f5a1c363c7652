// Payments of an academy, newest first unless asked otherwise, of one student or for one month where named: a page of `payment`.
import type { Db } from 'mongodb';
import { type PageQuery, pageOf } from './page.ts';
import { idsWithin } from './shard-keys.ts';

export const PAYMENT_SORTS = ['-recordedAt', 'recordedAt'] as const;

export interface PaymentEntry {
  id: string;
  version: number;
  studentId: string;
  amountWon: number;
  method: 'card' | 'cash' | 'transfer';
  forMonth: string;
  receiptNumber: string;
  status: 'recorded' | 'refunded';
  refundReason: string | null;
  recordedAt: string;
  refundedAt: string | null;
}

interface Stored extends Omit<PaymentEntry, 'id' | 'recordedAt' | 'refundedAt'> {
  _id: string;
  tenantId: string;
  paymentId: string;
  recordedAt: Date;
  refundedAt: Date | null;
}

export interface PaymentListQuery extends PageQuery<(typeof PAYMENT_SORTS)[number]> {
  tenantId: string;
  studentId?: string;
  /** YYYY-MM */
  forMonth?: string;
}

export interface PaymentLists {
  page(query: PaymentListQuery): Promise<{ entries: PaymentEntry[]; total: number }>;
}

export function paymentLists(db: Db): PaymentLists {
  const collection = db.collection<Stored>('payment');
  return {
    async page({ tenantId, studentId, forMonth, ...page }) {
      const _id = studentId ? idsWithin(tenantId, studentId) : idsWithin(tenantId);
      const filter = { _id, tenantId, ...(studentId && { studentId }), ...(forMonth && { forMonth }) };
      const { stored, total } = await pageOf(collection, filter, page);
      return { entries: stored.map(entryOf), total };
    },
  };
}

function entryOf(stored: Stored): PaymentEntry {
  return {
    id: stored.paymentId,
    version: stored.version,
    studentId: stored.studentId,
    amountWon: stored.amountWon,
    method: stored.method,
    forMonth: stored.forMonth,
    receiptNumber: stored.receiptNumber,
    status: stored.status,
    refundReason: stored.refundReason,
    recordedAt: stored.recordedAt.toISOString(),
    refundedAt: stored.refundedAt?.toISOString() ?? null,
  };
}
