// The only place in `system/` that reads the environment. Everything else takes a Config.
import { z } from 'zod';

const milliseconds = (fallback: number) => z.coerce.number().int().positive().default(fallback);

const schema = z.object({
  /** HTTP port of this process on 127.0.0.1 (API) or of its metrics and health (worker). */
  PORT: z.coerce.number().int().min(0).max(65535).default(8080),
  HOST: z.string().default('127.0.0.1'),
  DATABASE_URL: z.url(),
  MONGODB_URL: z.url(),
  REDIS_URL: z.url(),
  JWT_SECRET: z.string().min(16),
  /** Version and commit of this build, for `ams_build_info` and logs. */
  BUILD_VERSION: z.string().default('dev'),
  BUILD_COMMIT: z.string().default('unknown'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  PG_POOL_MAX: z.coerce.number().int().positive().default(10),
  PG_WAIT_MS: milliseconds(1000),
  PG_STATEMENT_MS: milliseconds(5000),
  MONGO_POOL_MAX: z.coerce.number().int().positive().default(20),
  MONGO_WAIT_MS: milliseconds(1000),
  REDIS_COMMAND_MS: milliseconds(50),
  /** Longest wait of a read for the version that the caller has written (read your writes). */
  READ_WAIT_MS: milliseconds(500),
  /** Longest time that a stopping process gives to requests under way. */
  STOP_MS: milliseconds(10_000),
  RELAY_LEASE_MS: milliseconds(5000),
  RELAY_POLL_MS: milliseconds(50),
  RELAY_BATCH: z.coerce.number().int().positive().default(500),
});

export interface Config extends z.infer<typeof schema> {}

/** Reads and checks the environment. Throws an Error that names every variable that is missing or wrong. */
export function readConfig(env: Record<string, string | undefined> = process.env): Config {
  return parse(schema, env);
}

/** Only the secret that signs tokens: for making identities of a system whose databases are out of reach. */
export function readSecret(env: Record<string, string | undefined> = process.env): string {
  return parse(schema.pick({ JWT_SECRET: true }), env).JWT_SECRET;
}

function parse<T>(wanted: z.ZodType<T>, env: Record<string, string | undefined>): T {
  const parsed = wanted.safeParse(env);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  throw new Error(`configuration: ${wrong}`);
}
