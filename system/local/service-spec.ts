// service.yaml: what the harness needs to know of a system under test, and nothing more. No code path knows a system by name.
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { failures } from './failures.ts';
import { PART_NAMES } from './parts.ts';

const command = z.array(z.string().min(1)).min(1);
const environment = z.record(z.string(), z.coerce.string());
/** Without a poll of its own, a service does what it does within a few event-loop turns. */
const QUIET_MS = 500;

const labels = z.record(z.string(), z.string());

/** One figure of the service's own metrics, drawn beside the load in the report of a run. */
const panel = z.strictObject({
  title: z.string().min(1),
  unit: z.string(),
  metric: z.string().regex(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/),
  /**
   * `value` of a gauge; `rate` of a counter, per second; `share` of a counter's increase that has the labels `of`;
   * `p95` of a histogram's increase, by its buckets.
   */
  show: z.enum(['value', 'rate', 'share', 'p95']).default('value'),
  /** Only series with these labels. */
  where: labels.default({}),
  of: labels.optional(),
  /** One line for each value of this label, instead of one for all. */
  by: z.string().optional(),
  /** Multiplies every value: 1000 for a metric in seconds and a panel in ms. */
  times: z.number().positive().default(1),
});

export type Panel = z.infer<typeof panel>;

const schema = z.strictObject({
  apiVersion: z.literal('amsperf/service/v1'),
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  /** Parts to start, each with the name of the variable that receives its URL. */
  parts: z.partialRecord(z.enum(PART_NAMES), z.string()),
  /** Parts that can have a streaming replica beside them, each with the name of the variable that receives its URL. */
  replicas: z.strictObject({ postgres: z.string().optional() }).default({}),
  /** For every process and hook. */
  env: environment.default({}),
  processes: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        command,
        /** Variable that receives the port to listen on. */
        port: z.string(),
        /** Path that answers 200 when the process can be used. */
        ready: z.string().startsWith('/'),
        /** The load goes to this one. */
        target: z.boolean().default(false),
        env: environment.default({}),
        /** How one process becomes several with a role each: the variable that names the roles, and the roles. */
        split: z.strictObject({ by: z.string(), into: z.array(z.string().min(1)).min(2) }).optional(),
      }),
    )
    .min(1)
    .refine((all) => all.filter((one) => one.target).length === 1, 'exactly one process must have "target: true"'),
  /** What stands before several instances of the target. */
  balancer: z
    .strictObject({
      /** A configuration for HAProxy, as a path from the folder above service.yaml's. */
      config: z.string(),
      /** Added for the instances behind it. */
      env: environment.default({}),
    })
    .optional(),
  /** Added to the environment by commands that load in a closed loop: limits that protect against a single user would be what they measure. */
  closedLoopEnv: environment.default({}),
  /** What the gate's fixed replay counts besides the counters of the parts. */
  counters: z
    .strictObject({
      /** So long after an answer, work that follows it may begin. */
      quietMs: z.number().int().positive().default(QUIET_MS),
      /** A query on PostgreSQL whose one number grows by one with every event. */
      events: z.string().min(1).optional(),
      /** Variable that receives the base URL of a receiver of OTLP traces over HTTP. */
      spans: z.string().min(1).optional(),
    })
    .default({ quietMs: QUIET_MS }),
  /** Path on the target that says whether the service is up, for the availability probe. */
  health: z.string().startsWith('/'),
  /** Path on every process that gives its metrics as text, and what of them the report of a run draws. */
  metrics: z.strictObject({ path: z.string().startsWith('/'), panels: z.array(panel).default([]) }).optional(),
  /** Run in this order, each to its end, with the same environment as the processes. */
  hooks: z.strictObject({
    prepare: command.optional(),
    identities: command.optional(),
    audit: command.optional(),
  }),
  /** Paths from the folder above service.yaml's: the workload module and its model. */
  workload: z.strictObject({ module: z.string(), model: z.string() }),
});

export interface ServiceSpec extends z.infer<typeof schema> {
  /** The file itself, absolute. */
  file: string;
  /** The folder that the paths of `workload` start from, absolute. */
  root: string;
}

export type Hook = keyof ServiceSpec['hooks'];

/** Reads and checks a service.yaml. Throws `service.malformed` with the file and the field. */
export async function readService(file: string): Promise<ServiceSpec> {
  const path = resolve(file);
  const text = await readFile(path, 'utf8').catch(() => {
    throw failures.badService(file, 'there is no such file');
  });
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    throw failures.badService(file, (error as Error).message.split('\n')[0] ?? 'not YAML');
  }
  const parsed = schema.safeParse(document);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw failures.badService(file, `${issue.path.join('.') || 'document'}: ${issue.message}`);
  }
  return { ...parsed.data, file: path, root: dirname(dirname(path)) };
}
