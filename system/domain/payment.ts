// The rules of one payment: recorded once with a receipt, refunded at most once and whole. State and command in, events or a refusal out.

export type PaymentMethod = 'card' | 'cash' | 'transfer';

export interface Payment {
  studentId: string;
  /** Whole won; the won has no smaller unit. */
  amountWon: number;
  method: PaymentMethod;
  /** Month that is paid for, `YYYY-MM`. */
  forMonth: string;
  /** Unique in its tenant: `payment_receipt_once` in 0001_write_model.sql. */
  receiptNumber: string;
  status: 'recorded' | 'refunded';
  refundReason: string | null;
}

export type PaymentCommand =
  | { type: 'RecordPayment'; studentId: string; amountWon: number; method: PaymentMethod; forMonth: string }
  | { type: 'RefundPayment'; reason: string };

export type PaymentEvent =
  | { type: 'PaymentRecorded'; data: Omit<Payment, 'status' | 'refundReason'> }
  | { type: 'PaymentRefunded'; data: { reason: string; amountWon: number; studentId: string; forMonth: string } };

export type PaymentRefusal = 'exists' | 'unknown' | 'refunded';

/** What a command does to the payment `id` (`null`: there is none yet): its events, or why it may not. */
export function decidePayment(
  payment: Payment | null,
  command: PaymentCommand,
  id: string,
): { events: PaymentEvent[] } | { refused: PaymentRefusal } {
  switch (command.type) {
    case 'RecordPayment': {
      if (payment) return { refused: 'exists' };
      const { studentId, amountWon, method, forMonth } = command;
      const receiptNumber = receiptNumberOf(id, forMonth);
      return { events: [{ type: 'PaymentRecorded', data: { studentId, amountWon, method, forMonth, receiptNumber } }] };
    }
    case 'RefundPayment': {
      if (!payment) return { refused: 'unknown' };
      if (payment.status === 'refunded') return { refused: 'refunded' };
      const { amountWon, studentId, forMonth } = payment;
      return {
        events: [{ type: 'PaymentRefunded', data: { reason: command.reason, amountWon, studentId, forMonth } }],
      };
    }
  }
}

/** The payment after an event. Throws when a refund comes without a payment. */
export function evolvePayment(payment: Payment | null, event: PaymentEvent): Payment {
  if (event.type === 'PaymentRecorded') return { ...event.data, status: 'recorded', refundReason: null };
  if (!payment) throw new Error(`${event.type} before PaymentRecorded`);
  return { ...payment, status: 'refunded', refundReason: event.data.reason };
}

/**
 * `202611-9F3A-22C1-77B0`: the month and the last 48 bits of the payment's id, which are random in every kind of UUID that clients
 * make (RFC 9562, versions 4 and 7). From the id and no counter: a counter per tenant would make its payments wait for each other.
 */
function receiptNumberOf(id: string, forMonth: string): string {
  const digits = id.replaceAll('-', '').slice(-12).toUpperCase();
  return [forMonth.replace('-', ''), digits.slice(0, 4), digits.slice(4, 8), digits.slice(8)].join('-');
}
