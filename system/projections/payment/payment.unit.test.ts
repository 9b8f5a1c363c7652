import assert from 'node:assert/strict';
import { test } from 'node:test';
import { paymentEvent } from '../testing.ts';
import { payment } from './payment.ts';

const [recorded, refunded] = [paymentEvent('p', 1), paymentEvent('p', 2)];

test('a payment is recorded and refunded, and the present state gives the same', () => {
  const begun = payment.create(recorded);
  const ended = { ...begun, ...payment.change(refunded) };
  assert.deepEqual(ended, {
    paymentId: 'p',
    studentId: 's',
    amountWon: 120_000,
    method: 'card',
    forMonth: '2026-11',
    receiptNumber: 'R-1',
    status: 'refunded',
    refundReason: 'moved away',
    recordedAt: recorded.occurredAt,
    refundedAt: refunded.occurredAt,
  });
  const { paymentId, recordedAt, refundedAt, ...state } = ended;
  const aggregate = { tenantId: 't', aggregateId: paymentId, version: 2, state, createdAt: recordedAt };
  assert.deepEqual(payment.fromState({ ...aggregate, updatedAt: refundedAt! }), {
    _id: payment.id(refunded),
    ...ended,
  });
});

test('an event that a payment cannot understand is refused', () => {
  assert.throws(() => payment.create(paymentEvent('p', 1, { amountWon: '5' })), /without amountWon/);
  assert.throws(() => payment.create(paymentEvent('p', 1, { studentId: undefined })), /without studentId/);
  assert.throws(() => payment.change(paymentEvent('p', 2, { reason: null })), /without reason/);
});
