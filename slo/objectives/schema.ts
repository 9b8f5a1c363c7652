// What we take of OpenSLO v1, as zod schemas: one document of a file in, a typed document out, or a list of what is wrong.
import { z } from 'zod';

/** One tier of a burn-rate alert: fires while the error budget burns `factor` times too fast in both windows. */
export const tierSchema = z.strictObject({
  long: z.enum(['1h', '6h', '1d', '3d']),
  short: z.enum(['5m', '30m', '2h', '6h']),
  factor: z.number().positive(),
  notify: z.enum(['page', 'ticket']),
  severity: z.enum(['sev-1', 'sev-2', 'sev-3']),
});

const text = z.string().min(1);
const source = z.strictObject({
  metricSource: z.strictObject({ type: z.literal('Prometheus'), spec: z.strictObject({ query: text }) }),
});

const ratioMetric = z
  .strictObject({ counter: z.literal(true), good: source.optional(), bad: source.optional(), total: source })
  .refine((ratio) => (ratio.good === undefined) !== (ratio.bad === undefined), 'exactly one of good and bad');

const indicator = z.strictObject({
  metadata: z.strictObject({ name: text }),
  spec: z.union([z.strictObject({ ratioMetric }), z.strictObject({ thresholdMetric: source })]),
});

const timeWindow = z.strictObject({
  duration: z.literal('1M', 'only calendar months are compiled: 1M'),
  isRolling: z.literal(false),
  calendar: z.strictObject({
    startTime: text,
    timeZone: z.literal('UTC', 'months are counted in UTC, because Prometheus knows no other time zone'),
  }),
});

const objective = z.strictObject({
  displayName: text,
  target: z.number().gt(0).lt(1),
  op: z.enum(['gte', 'lte'], 'gte (at least) or lte (at most)').optional(),
  value: z.number().optional(),
  timeSliceTarget: z.literal(1).optional(),
  timeSliceWindow: z
    .string()
    .regex(/^\d+s$/, 'a number of seconds such as 15s')
    .optional(),
});

export const sloSchema = z.strictObject({
  apiVersion: z.literal('openslo/v1'),
  kind: z.literal('SLO'),
  metadata: z.strictObject({
    name: z.string().regex(/^[a-z][a-z0-9-]*$/, 'lower-case letters, digits and -'),
    displayName: text,
    labels: z.strictObject({ 'amsperf/indicator': z.enum(['availability', 'latency', 'errors']) }),
    annotations: z.strictObject({
      'amsperf/alert': z.string().regex(/^[A-Z][A-Za-z]*$/, 'an alert name such as LatencyBudgetBurn'),
      'amsperf/owner': text,
      'amsperf/impact': text,
      'amsperf/way-back': text,
      'amsperf/runbook': text,
      'amsperf/dashboard': text,
      'amsperf/burn-policy': text,
      /** The objective that counts these events too: of the two the one that pages first tells. */
      'amsperf/part-of': text.optional(),
    }),
  }),
  spec: z
    .strictObject({
      description: text,
      service: text,
      indicator,
      timeWindow: z.tuple([timeWindow]),
      budgetingMethod: z.enum(['Occurrences', 'Timeslices']),
      objectives: z.tuple([objective]),
    })
    .refine(
      ({ budgetingMethod, indicator: { spec } }) => (budgetingMethod === 'Occurrences') === 'ratioMetric' in spec,
      'Occurrences needs a ratioMetric, Timeslices a thresholdMetric',
    )
    .refine(
      ({ budgetingMethod, objectives: [o] }) =>
        budgetingMethod === 'Occurrences' ||
        (o.op !== undefined && o.value !== undefined && o.timeSliceTarget && o.timeSliceWindow),
      'Timeslices needs op, value, timeSliceTarget and timeSliceWindow',
    ),
});

/** An indicator in a document of its own, for `indicatorRef`. */
export const indicatorDocumentSchema = indicator.extend({
  apiVersion: z.literal('openslo/v1'),
  kind: z.literal('SLI'),
});

export const serviceSchema = z.strictObject({
  apiVersion: z.literal('openslo/v1'),
  kind: z.literal('Service'),
  metadata: z.strictObject({ name: text, displayName: text }),
  spec: z.strictObject({ description: text }),
});

export type SloDocument = z.infer<typeof sloSchema>;
export type BurnTier = z.infer<typeof tierSchema>;
