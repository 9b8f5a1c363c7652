// Payments: one document per payment, from PaymentRecorded and PaymentRefunded.
import type { Payment, PaymentMethod } from '../../domain/payment.ts';
import { misunderstood, type Projection, strings, type Versioned } from '../projection.ts';

export interface PaymentDocument extends Versioned, Payment {
  paymentId: string;
  recordedAt: Date;
  refundedAt: Date | null;
}

export const payment: Projection<PaymentDocument, Payment> = {
  name: 'payment',
  collection: 'payment',
  aggregateType: 'payment',
  id: (event) => paymentDocumentId(event.tenantId, strings(event, 'studentId').studentId, event.aggregateId),
  create(event) {
    if (event.type !== 'PaymentRecorded') throw misunderstood(event, 'a payment');
    const { studentId, method, forMonth, receiptNumber } = strings(
      event,
      'studentId',
      'method',
      'forMonth',
      'receiptNumber',
    );
    const { amountWon } = event.data;
    if (typeof amountWon !== 'number') throw new Error('PaymentRecorded without amountWon');
    return {
      paymentId: event.aggregateId,
      studentId,
      amountWon,
      method: method as PaymentMethod,
      forMonth,
      receiptNumber,
      status: 'recorded',
      refundReason: null,
      recordedAt: event.occurredAt,
      refundedAt: null,
    };
  },
  change(event) {
    if (event.type !== 'PaymentRefunded') throw misunderstood(event, 'a payment');
    return { status: 'refunded', refundReason: strings(event, 'reason').reason, refundedAt: event.occurredAt };
  },
  fromState({ tenantId, aggregateId: paymentId, state, createdAt, updatedAt }) {
    return {
      _id: paymentDocumentId(tenantId, state.studentId, paymentId),
      paymentId,
      ...state,
      recordedAt: createdAt,
      refundedAt: state.status === 'refunded' ? updatedAt : null,
    };
  },
};

function paymentDocumentId(tenantId: string, studentId: string, paymentId: string): string {
  return `${tenantId}/${studentId}/${paymentId}`;
}
