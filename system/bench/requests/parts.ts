// The real parts of a request benchmark, started for it alone, with the schema and the members that its requests ask for.
import { systemClock } from '../../clock.ts';
import { scratchDir, startParts } from '../../local/parts.ts';
import { migrate } from '../../write/migrate.ts';
import type { BenchOptions } from '../result.ts';
import { SAMPLED_SHARE } from './arms.ts';
import { startCollector } from './collector.ts';
import { callers, seedMembers } from './subject.ts';

const SECRET = 'a-secret-for-benchmarks-only';

export interface BenchParts {
  /** What every arm is started with. */
  env: Record<string, string>;
  /** What an arm with traces is started with besides. */
  tracing: Record<string, string>;
  headers: Record<string, string>[];
}

/** Runs `use` on fresh parts and ends them afterwards. */
export async function withParts<T>(options: BenchOptions, use: (parts: BenchParts) => Promise<T>): Promise<T> {
  const { progress, signal } = options;
  const scratch = await scratchDir();
  progress.step('starting PostgreSQL, MongoDB and Redis');
  const parts = await startParts(['postgres', 'mongodb', 'redis'], {
    dir: scratch.dir,
    progress,
    signal,
    ignoreEnvironment: true,
  });
  const collector = await startCollector();
  try {
    const { postgres, mongodb, redis } = parts.urls as Record<'postgres' | 'mongodb' | 'redis', string>;
    await migrate(postgres);
    await seedMembers(mongodb, systemClock.now());
    const result = await use({
      env: { DATABASE_URL: postgres, MONGODB_URL: mongodb, REDIS_URL: redis, JWT_SECRET: SECRET },
      tracing: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, TRACE_SAMPLE_RATIO: String(SAMPLED_SHARE) },
      headers: await callers(SECRET, systemClock),
    });
    if (collector.received() === 0) throw new Error('no arm sent a trace: "with everything on" would not be true');
    return result;
  } finally {
    collector.stop();
    await parts.stop();
    await scratch.remove();
  }
}
