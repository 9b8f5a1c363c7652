// Statistics by period, class and teacher.
import * as answers from '../answers.ts';
import { query } from '../route.ts';
import * as schemas from '../schemas.ts';

export const statisticRoutes = [
  query({
    template: '/api/v1/statistics/attendance',
    useCase: 'readAttendanceStatistic',
    query: schemas.attendanceStatistic,
    data: answers.attendanceStatistic,
    meta: answers.cacheMeta,
    async run({ attendanceStatistics }, { actor, query }) {
      const { value, cache } =
        'date' in query
          ? await attendanceStatistics(actor.tenantId, query.date)
          : await attendanceStatistics(actor.tenantId, query);
      return { data: value, meta: { cache } };
    },
  }),
  query({
    template: '/api/v1/statistics/payments',
    useCase: 'readPaymentStatistic',
    query: schemas.paymentStatistic,
    data: answers.paymentStatistic,
    meta: answers.cacheMeta,
    async run({ paymentStatistics }, { actor, query }) {
      const { value, cache } = await paymentStatistics(actor.tenantId, query);
      return { data: value, meta: { cache } };
    },
  }),
];
