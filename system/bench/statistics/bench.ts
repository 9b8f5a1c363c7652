// Statistics through Redis against the same from MongoDB directly: CPU of all who take part, and response time. It decides what is cached (C4).
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { type Cache, createCache } from '../../cache/cache.ts';
import { createGuard } from '../../cache/guard.ts';
import { connectRedis } from '../../cache/redis.ts';
import { systemClock as clock } from '../../clock.ts';
import { scratchDir, startParts } from '../../local/parts.ts';
import { cpuMsOfTrees } from '../../local/proc.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import { type BenchOptions, type BenchResult, judged, median } from '../result.ts';
import { type Question, questions, seed } from './questions.ts';

const REQUESTS = 800;
const WARM_UP = 200;
const AT_ONCE = 8;

interface Measured {
  cpuUs: number;
  medianMs: number;
}

export async function run(options: BenchOptions): Promise<BenchResult> {
  const { rounds, progress, signal } = options;
  const scratch = await scratchDir();
  const parts = await startParts(['mongodb', 'redis'], { dir: scratch.dir, progress, signal, ignoreEnvironment: true });
  const client = new MongoClient(parts.urls.mongodb!, { maxPoolSize: AT_ONCE, minPoolSize: AT_ONCE });
  const redis = connectRedis(parts.urls.redis!, 1000, () => {});
  const metrics = createMetrics('api', { version: 'bench', commit: 'bench' });
  const guard = createGuard({ redis, metrics, clock, random: Math.random });
  const cache = createCache({ redis: guard, metrics, clock, random: Math.random, fallbackMax: AT_ONCE });
  /** The shared tier alone: the first one costs nothing and says nothing of Redis. */
  const shared: Cache = { ...cache, through: (scope, key, life, load) => cache.through(scope, key, life, load) };
  const none: Cache = {
    ...cache,
    through: async (_scope, _key, _life, load) => ({ value: await load(), cache: 'off' }),
  };
  const pids = [process.pid, ...parts.list.map(({ pid }) => pid!)];
  try {
    await seed(client.db());
    while (redis.status !== 'ready') await sleep(20);
    const arms = { redis: questions(client.db(), shared), mongodb: questions(client.db(), none) };
    const measured = Object.fromEntries(
      Object.keys(arms.redis).map((name) => [name, { redis: [] as Measured[], mongodb: [] as Measured[] }]),
    );
    for (let round = 0; round < rounds; round++) {
      for (const name of Object.keys(measured)) {
        const order = round % 2 === 0 ? (['redis', 'mongodb'] as const) : (['mongodb', 'redis'] as const);
        for (const arm of order) {
          signal?.throwIfAborted();
          await ask(arms[arm][name]!, WARM_UP);
          measured[name]![arm].push(await measure(arms[arm][name]!, pids));
        }
      }
      progress.note(`round ${round + 1} of ${rounds}`);
    }
    const { 'month by class': main, ...others } = measured as Record<
      string,
      { redis: Measured[]; mongodb: Measured[] }
    >;
    const cpu = (all: Measured[]) => all.map(({ cpuUs }) => cpuUs);
    return judged({
      name: 'statistics',
      unit: 'µs CPU per question, of asker, Redis and MongoDB',
      ours: cpu(main!.redis),
      rivals: { 'MongoDB directly': cpu(main!.mongodb) },
      goals: [],
      notes: [
        'the question: a month by class, 1,200 counted days, through Redis against MongoDB; every look-up hits',
        ...Object.entries({ 'month by class': main!, ...others }).map(([name, arm]) => lineOf(name, arm)),
        `${AT_ONCE} questions at once, ${REQUESTS} a round; an invalidation per turn of the statistics makes a hit a miss`,
      ],
    });
  } finally {
    redis.disconnect();
    await client.close();
    await parts.stop();
    await scratch.remove();
  }
}

async function measure(question: Question, pids: number[]): Promise<Measured> {
  const total = () =>
    cpuMsOfTrees(pids)
      .values()
      .reduce((sum, one) => sum + one);
  const before = total();
  const tookMs = await ask(question, REQUESTS);
  return { cpuUs: ((total() - before) * 1000) / REQUESTS, medianMs: median(tookMs) };
}

/** Response times in ms. */
async function ask(question: Question, count: number): Promise<number[]> {
  const tookMs: number[] = [];
  let next = 0;
  const one = async () => {
    while (next < count) {
      const since = performance.now();
      await question(next++);
      tookMs.push(performance.now() - since);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return tookMs;
}

function lineOf(name: string, { redis, mongodb }: { redis: Measured[]; mongodb: Measured[] }): string {
  const of = (all: Measured[], what: keyof Measured) => median(all.map((one) => one[what]));
  const pair = (what: keyof Measured, digits: number) =>
    `${of(redis, what).toFixed(digits)} through Redis, ${of(mongodb, what).toFixed(digits)} directly (${(of(redis, what) / of(mongodb, what)).toFixed(2)}x)`;
  return `${name}: ${pair('cpuUs', 0)} µs CPU; ${pair('medianMs', 2)} ms median`;
}
