// The only place in `system/` that reads the environment. Everything else takes a Config.
import { z } from 'zod';

const milliseconds = (fallback: number) => z.coerce.number().int().positive().default(fallback);

const schema = z.object({
  /** HTTP port of this process on 127.0.0.1 (API) or of its metrics and health (worker). */
  PORT: z.coerce.number().int().min(0).max(65535).default(8080),
  HOST: z.string().default('127.0.0.1'),
  DATABASE_URL: z.url(),
  /** A streaming replica of the write model, for the reads that need it; without one the primary answers them. */
  REPLICA_URL: z.url().optional(),
  /** Beyond this lag the replica is not used. */
  REPLICA_LAG_MS: milliseconds(2000),
  /** `mongodb://host:port[,host:port]/database[?options]`: a server, the members of a replica set, or routers (mongos). */
  MONGODB_URL: z.string().regex(/^mongodb(\+srv)?:\/\/[^\s/]+\/[^\s/?]+(\?\S*)?$/),
  /** `redis://host:port`, or `redis-cluster://host:port,host:port` with some nodes of a cluster. */
  REDIS_URL: z.string().regex(/^(rediss?|redis-cluster):\/\/\S+$/),
  JWT_SECRET: z.string().min(16),
  /** Version and commit of this build, for `ams_build_info` and logs. */
  BUILD_VERSION: z.string().default('dev'),
  BUILD_COMMIT: z.string().default('unknown'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** `off`: no metrics, no lines, no traces; only for measuring what they cost. */
  TELEMETRY: z.enum(['on', 'off']).default('on'),
  /** Share of successful requests that get their log line. */
  LOG_SUCCESS_RATIO: z.coerce.number().min(0).max(1).default(1),
  /** Base URL of an OTLP/HTTP receiver of traces, without /v1/traces; without it there are no traces. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional(),
  /** What an APM wants to see with them, as `name=value,name=value` (OpenTelemetry's own variable): its key, for example. */
  OTEL_EXPORTER_OTLP_HEADERS: z.string().optional(),
  /** Share of new traces that are sampled; who comes with a sampled one keeps it. */
  TRACE_SAMPLE_RATIO: z.coerce.number().min(0).max(1).default(0.1),
  /** Origins, separated by commas, whose pages may send to /collect, besides pages of our own host. */
  COLLECT_ORIGINS: z.string().default(''),
  /** Life of an access token. It is also the longest time for which a sign-out or a lost role is not felt. */
  ACCESS_TOKEN_SECONDS: z.coerce.number().int().positive().default(900),
  /** Requests per minute of one user, attempts to sign in under one name, verification codes that one user asks for. */
  LIMIT_GENERAL_PER_MINUTE: z.coerce.number().int().positive().default(100),
  LIMIT_SIGN_IN_PER_MINUTE: z.coerce.number().int().positive().default(5),
  LIMIT_VERIFICATION_PER_MINUTE: z.coerce.number().int().positive().default(3),
  /** Where the provider of SMS takes verification codes; without it nobody gets one. */
  PHONE_VERIFICATION_URL: z.url().optional(),
  /** Where the providers take notifications, in the order in which they are tried; without any nobody is told anything. */
  NOTIFY_KAKAO_URL: z.url().optional(),
  NOTIFY_SMS_URL: z.url().optional(),
  NOTIFY_PUSH_URL: z.url().optional(),
  PG_POOL_MAX: z.coerce.number().int().positive().default(10),
  PG_WAIT_MS: milliseconds(1000),
  PG_STATEMENT_MS: milliseconds(5000),
  MONGO_POOL_MAX: z.coerce.number().int().positive().default(20),
  MONGO_WAIT_MS: milliseconds(1000),
  REDIS_COMMAND_MS: milliseconds(50),
  /** Look-ups that may load from the database at once while Redis does not answer. */
  CACHE_FALLBACK_MAX: z.coerce.number().int().positive().default(8),
  /** Longest wait of a read for the version that the caller has written (read your writes). */
  READ_WAIT_MS: milliseconds(500),
  /** Time between "not ready" and the end of listening, so that a balancer has seen it; connections are closed in order meanwhile. */
  DRAIN_MS: z.coerce.number().int().min(0).default(0),
  /** Longest time that a stopping process gives to requests under way. */
  STOP_MS: milliseconds(10_000),
  RELAY_LEASE_MS: milliseconds(5000),
  RELAY_POLL_MS: milliseconds(50),
  /** Most events of one lane at once. */
  RELAY_BATCH: z.coerce.number().int().positive().default(500),
  /** Failures of one event alone before it becomes a dead letter. */
  RELAY_MOST_ATTEMPTS: z.coerce.number().int().positive().default(5),
  /** How events come from the outbox to their consumers: read by each of them, or published to a broker once. */
  EVENTS: z.enum(['inprocess', 'rabbitmq', 'kafka']).default('inprocess'),
  RABBITMQ_URL: z
    .string()
    .regex(/^amqps?:\/\/\S+$/)
    .optional(),
  /** `host:port`, several separated by commas. */
  KAFKA_BROKERS: z
    .string()
    .regex(/^[^\s:,]+:\d+(,[^\s:,]+:\d+)*$/)
    .optional(),
  /** What a worker process does, separated by commas: projections, statistics, notifications, jobs, publisher. */
  WORKER_ROLES: z.string().optional(),
});

export interface Config extends z.infer<typeof schema> {}

/** Reads and checks the environment. Throws an Error that names every variable that is missing or wrong. */
export function readConfig(env: Record<string, string | undefined> = process.env): Config {
  return parse(schema, env);
}

/** Only the write model: for the command that looks after it. */
export function readWriteModelUrl(env: Record<string, string | undefined> = process.env): string {
  return parse(schema.pick({ DATABASE_URL: true }), env).DATABASE_URL;
}

/** Only the secret that signs tokens: for making identities of a system whose databases are out of reach. */
export function readSecret(env: Record<string, string | undefined> = process.env): string {
  return parse(schema.pick({ JWT_SECRET: true }), env).JWT_SECRET;
}

/** Only the read model: for commands that an operator runs beside a running system. */
export function readMongodbUrl(env: Record<string, string | undefined> = process.env): string {
  return parse(schema.pick({ MONGODB_URL: true }), env).MONGODB_URL;
}

/** Write and read model. @param given takes the place of the environment where it says something */
export function readStoreUrls(
  given: Record<string, string | undefined> = {},
  env: Record<string, string | undefined> = process.env,
): { DATABASE_URL: string; MONGODB_URL: string } {
  return parse(schema.pick({ DATABASE_URL: true, MONGODB_URL: true }), { ...env, ...given });
}

function parse<T>(wanted: z.ZodType<T>, env: Record<string, string | undefined>): T {
  const parsed = wanted.safeParse(env);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  throw new Error(`configuration: ${wrong}`);
}
