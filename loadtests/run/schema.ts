// The shape of result.json, checked when one is read and published as schema.json (JSON Schema 2020-12).
import { z } from 'zod';
import { calibrationSchema } from './calibrate/calibration.ts';
import { Histogram } from './histogram.ts';

const count = z.number().int().min(0);
const finite = z.number();

/** In the file as HistogramJson, in memory a Histogram. */
const histogram = z
  .strictObject({
    version: z.literal(2),
    relativeError: z.literal(0.001),
    min: finite.nullable(),
    max: finite.nullable(),
    sumThousandths: finite,
    infinite: count,
    buckets: z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/),
  })
  .describe('see HistogramJson in histogram.ts: buckets are LEB128 numbers in base64')
  .transform((json, context) => {
    try {
      return Histogram.fromJSON(json);
    } catch (error) {
      context.addIssue((error as Error).message);
      return z.NEVER;
    }
  });

const step = z.strictObject({
  planned: count,
  started: count,
  answered: count,
  errors: count,
  statuses: z.record(z.string(), count),
  service: histogram,
  response: histogram,
});

const phase = z.strictObject({
  name: z.string(),
  kind: z.enum(['warm-up', 'ramp', 'hold', 'recover']),
  fromMs: finite,
  toMs: finite,
  rates: z.array(z.strictObject({ atMs: finite, ratePerSecond: finite })),
});

const folded = z.strictObject({
  total: step,
  steps: z.record(z.string(), step),
  phases: z.array(
    z.strictObject({
      phase,
      total: step,
      steps: z.record(z.string(), step),
      blocks: z.record(z.string(), z.array(histogram)),
    }),
  ),
  windows: z.strictObject({
    widthMs: z.number().positive(),
    list: z.array(
      z.strictObject({ startMs: finite, planned: count, started: count, errors: count, response: histogram }),
    ),
  }),
  lateness: histogram,
  queueing: histogram,
  missing: count,
  warmUp: z.strictObject({ planned: count, started: count, errors: count }),
  measuredMs: finite,
});

const slope = { perHour: finite, lower: finite, upper: finite, mean: finite, blocks: count };

const course = z.strictObject({
  recoveries: z.array(
    z.strictObject({
      phase: z.string(),
      quantile: finite,
      from: z.string(),
      limitMs: finite,
      afterMs: finite.optional(),
    }),
  ),
  slopes: z.array(z.strictObject({ phase: z.string(), of: z.string(), unit: z.enum(['ms', 'MiB']), ...slope })),
});

const judgedLimit = z.strictObject({
  phase: z.string(),
  what: z.string(),
  unit: z.enum(['ms', 'share', 's', '%/h']),
  limit: finite,
  value: z.union([finite, z.literal('never')]).nullable(),
  atMs: finite.optional(),
  met: z.boolean(),
  why: z.string().optional(),
});

const objective = z.strictObject({
  name: z.string(),
  displayName: z.string(),
  indicator: z.enum(['availability', 'latency', 'errors']),
  target: finite,
  thresholdSeconds: finite.optional(),
  value: finite.optional(),
  good: count,
  total: count,
  met: z.boolean(),
});

const audit = z.discriminatedUnion('checked', [
  z.strictObject({
    checked: z.literal(true),
    whole: z.boolean(),
    acknowledged: count,
    published: count,
    projected: count,
    missing: z.array(z.object({ id: z.string(), version: z.number(), where: z.string(), why: z.string() })),
  }),
  z.strictObject({ checked: z.literal(false), acknowledged: count, why: z.string() }),
]);

export const runSchema = z.strictObject({
  schema: z.literal('amsperf/run/v2'),
  scenario: z.string(),
  startedAt: z.iso.datetime(),
  service: z.string(),
  target: z.string(),
  environment: z.strictObject({
    cpu: z.string(),
    cores: count,
    memoryBytes: count,
    kernel: z.string(),
    node: z.string(),
    k6: z.string(),
    parts: z.record(z.string(), z.string()),
    commit: z.string(),
    dirty: z.boolean(),
  }),
  plan: z.strictObject({
    seed: z.number(),
    warmUpMs: finite,
    durationMs: finite,
    ratePerSecond: finite,
    workloadHash: z.string(),
    arrivals: count,
    phases: z.array(phase).optional(),
    findsLimit: z.literal(true).optional(),
  }),
  validity: z.strictObject({
    valid: z.boolean(),
    reasons: z.array(z.strictObject({ code: z.string(), message: z.string(), advice: z.string() })),
    notes: z.array(z.string()),
  }),
  generator: z.strictObject({
    cpuMs: finite,
    wallMs: finite,
    exitCode: z.number(),
    cores: count,
    othersCpuShare: finite.optional(),
    clockJumpMs: finite.optional(),
  }),
  calibration: calibrationSchema.nullable(),
  stopped: z
    .strictObject({
      atMs: finite,
      code: z.enum(['rate.not-reached', 'objective.missed']),
      because: z.enum(['generator', 'target', 'objective']),
      message: z.string(),
    })
    .nullable(),
  folded,
  course,
  limits: z.array(judgedLimit),
  balance: z.strictObject({ requests: z.record(z.string(), count), skew: finite, limit: finite }).nullable(),
  server: z.strictObject({
    atMs: z.array(finite),
    panels: z.array(
      z.strictObject({
        title: z.string(),
        unit: z.string(),
        lines: z.array(z.strictObject({ name: z.string(), values: z.array(finite.nullable()) })),
      }),
    ),
    failed: count,
  }),
  lag: z.strictObject({ lag: histogram, failedWrites: count }),
  availability: z.strictObject({ slices: count, up: count }),
  objectives: z.array(objective),
  audit,
  cpuMs: z.record(z.string(), finite),
});

/** What is published: the file, not the object in memory. */
export const runJsonSchema = (): object => ({
  $id: 'amsperf/run/v2',
  title: 'Result of a run of the load suite (reports/<run>/result.json)',
  ...z.toJSONSchema(runSchema, { io: 'input', reused: 'ref' }),
});
