import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decidePayment, evolvePayment, type Payment } from './payment.ts';

const id = '6f1c2a3e-7a55-4f6d-9e21-9f3a22c177b0';
const paid = { studentId: 's', amountWon: 150_000, method: 'card', forMonth: '2026-11' } as const;
const recorded: Payment = { ...paid, receiptNumber: '202611-9F3A-22C1-77B0', status: 'recorded', refundReason: null };

test('a payment has a receipt number from its month and its id', () => {
  const decision = decidePayment(null, { type: 'RecordPayment', ...paid }, id);
  assert.ok('events' in decision);
  assert.deepEqual(decision.events.reduce<Payment | null>(evolvePayment, null), recorded);
});

test('a refund is whole, happens once, and its event says whose money and for which month', () => {
  const decision = decidePayment(recorded, { type: 'RefundPayment', reason: 'moved away' }, id);
  assert.ok('events' in decision);
  assert.deepEqual(decision.events, [
    {
      type: 'PaymentRefunded',
      data: { reason: 'moved away', amountWon: 150_000, studentId: 's', forMonth: '2026-11' },
    },
  ]);
  const refunded = decision.events.reduce<Payment | null>(evolvePayment, recorded);
  assert.deepEqual(refunded, { ...recorded, status: 'refunded', refundReason: 'moved away' });
  assert.deepEqual(decidePayment(refunded, { type: 'RefundPayment', reason: 'again' }, id), { refused: 'refunded' });
});

test('a payment is recorded once and cannot be refunded before', () => {
  assert.deepEqual(decidePayment(recorded, { type: 'RecordPayment', ...paid }, id), { refused: 'exists' });
  assert.deepEqual(decidePayment(null, { type: 'RefundPayment', reason: 'x' }, id), { refused: 'unknown' });
  assert.throws(
    () => evolvePayment(null, { type: 'PaymentRefunded', data: { reason: 'x', ...paid } }),
    /before PaymentRecorded/,
  );
});
