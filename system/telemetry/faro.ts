// What browsers with the Faro web SDK send: the parts of the payload that we use, checked, and their bounded labels. Pure.
import { z } from 'zod';

const text = (longest: number) => z.string().max(longest);
const trace = z.object({ trace_id: z.string().regex(/^[\da-f]{32}$/), span_id: z.string().regex(/^[\da-f]{16}$/) });

/** Source: grafana/faro-web-sdk, packages/core/src: metas/types.ts, api/{measurements,exceptions,traces}/types.ts. Unknown parts are left out. */
export const payload = z.object({
  meta: z.object({
    app: z.object({ version: text(100).optional() }).optional(),
    page: z.object({ url: text(4000).optional() }).optional(),
    session: z.object({ id: text(100).optional() }).optional(),
    k6: z.object({ testRunId: text(100).optional() }).optional(),
  }),
  measurements: z
    .array(z.object({ type: text(100), values: z.record(text(100), z.number()) }))
    .max(200)
    .default([]),
  exceptions: z
    .array(
      z.object({
        type: text(500),
        value: text(20_000),
        stacktrace: z
          .object({
            frames: z.array(
              z.object({
                filename: text(4000),
                function: text(500),
                lineno: z.number().optional(),
                colno: z.number().optional(),
              }),
            ),
          })
          .optional(),
        trace: trace.optional().catch(undefined),
      }),
    )
    .max(50)
    .default([]),
  /** OTLP/JSON, passed on as it is. */
  traces: z.object({ resourceSpans: z.array(z.looseObject({})).max(50) }).optional(),
});

export type Payload = z.infer<typeof payload>;
export type BrowserException = Payload['exceptions'][number];

/** Web vitals that are times; Faro sends milliseconds. */
export const TIMED_VITALS = ['lcp', 'inp', 'fcp', 'ttfb'] as const;
/** Browsers that slept report hours; that says nothing about the page. */
const LONGEST_VITAL_SECONDS = 600;

export interface Vitals {
  seconds: { vital: (typeof TIMED_VITALS)[number]; value: number }[];
  layoutShifts: number[];
}

export function vitalsOf({ measurements }: Payload): Vitals {
  const values = measurements.filter(({ type }) => type === 'web-vitals').map((measurement) => measurement.values);
  const within = (value: number | undefined, most: number): value is number =>
    value !== undefined && value >= 0 && value <= most;
  return {
    seconds: values.flatMap((one) =>
      TIMED_VITALS.flatMap((vital) => {
        const value = one[vital] === undefined ? undefined : one[vital] / 1000;
        return within(value, LONGEST_VITAL_SECONDS) ? [{ vital, value }] : [];
      }),
    ),
    layoutShifts: values.flatMap(({ cls }) => (within(cls, Number.MAX_VALUE) ? [cls] : [])),
  };
}

/** The page's template: no query, and ids as `:id`. A URL that cannot be read is `unknown`. */
export function pageOf({ meta }: Payload): string {
  const url = meta.page?.url;
  if (!url || !URL.canParse(url)) return 'unknown';
  const parts = new URL(url).pathname.split('/').map((part) => (isId(part) ? ':id' : part));
  return parts.join('/').slice(0, 100);
}

const isId = (part: string) => /\d/.test(part) && !/^v\d+$/.test(part);

/** First come, first served: after `most` values everything new is `other`, so that nobody can make series without end. */
export function boundedLabel(most: number): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= most) return 'other';
    known.add(value);
    return value;
  };
}
