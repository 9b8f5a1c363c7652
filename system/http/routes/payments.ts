// Payments and their receipts.
import { AmsError } from '../../errors.ts';
import * as answers from '../answers.ts';
import { aboutOwn } from '../own.ts';
import { command, query } from '../route.ts';
import * as schemas from '../schemas.ts';
import { pageOf } from './page.ts';

export const paymentRoutes = [
  command({
    template: '/api/v1/payments',
    useCase: 'recordPayment',
    body: schemas.recordPayment,
    data: answers.payment,
    refuses: ['payment.exists', 'payment.receipt-taken'],
    run: ({ commands }, { context, body }) => commands.recordPayment(context, body),
  }),
  command({
    template: '/api/v1/payments/:id/refund',
    useCase: 'refundPayment',
    status: 200,
    params: schemas.byId,
    body: schemas.refundPayment,
    data: answers.payment,
    refuses: ['payment.unknown', 'payment.refunded'],
    run: ({ commands }, { context, params, body }) => commands.refundPayment(context, { ...params, ...body }),
  }),
  query({
    template: '/api/v1/payments',
    useCase: 'listPayments',
    query: schemas.paymentPage,
    data: answers.paymentList,
    meta: answers.pageMeta,
    async run(services, asked) {
      await aboutOwn(services, asked, asked.query.studentId);
      return pageOf(services.paymentLists, { tenantId: asked.actor.tenantId, ...asked.query });
    },
  }),
  query({
    template: '/api/v1/payments/:id/receipt',
    useCase: 'readReceipt',
    params: schemas.byId,
    data: answers.receipt,
    refuses: ['payment.unknown'],
    async run(services, asked) {
      const receipt = await services.receipts(asked.actor.tenantId, asked.params.id);
      if (!receipt) throw new AmsError('payment.unknown');
      await aboutOwn(services, asked, receipt.studentId);
      return { data: receipt };
    },
  }),
];
