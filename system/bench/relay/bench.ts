// From the outbox to MongoDB, in events per second: our worker against emmett's PostgreSQL consumer with a MongoDB projection.
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { local } from '../../local/config.ts';
import { scratchDir, startParts } from '../../local/parts.ts';
import { query } from '../../local/postgres.ts';
import { rivalPackages } from '../packages.ts';
import { type BenchOptions, type BenchResult, judged } from '../result.ts';
import { measureOurs } from './ours.ts';

const OUR_EVENTS = 50_000;
/** Fewer, because one writer has to append them one aggregate at a time; the rate does not depend on how many wait. */
const RIVAL_EVENTS = 4000;
/** A rival that hangs must not take the other benchmarks along. */
const LONGEST_RIVAL_MS = 180_000;
const RIVALS = join(import.meta.dirname, '..', 'rivals');

export async function run(options: BenchOptions): Promise<BenchResult> {
  const { rounds, dir, progress, signal } = options;
  await rivalPackages(options);
  const scratch = await scratchDir();
  const parts = await startParts(['postgres', 'mongodb', 'redis'], {
    dir: scratch.dir,
    progress,
    signal,
    ignoreEnvironment: true,
  });
  const urls = parts.urls as Record<'postgres' | 'mongodb' | 'redis', string>;
  /** Databases of this round and arm alone. */
  async function fresh(name: string): Promise<typeof urls> {
    await query(urls.postgres, `create database ${name}`);
    return { ...urls, postgres: withDatabase(urls.postgres, name), mongodb: withDatabase(urls.mongodb, name) };
  }
  const ours: number[] = [];
  const emmett: number[] = [];
  const arms = [
    async (round: number) => {
      const logs = join(dir, `round-${round}`);
      await mkdir(logs, { recursive: true });
      ours.push(await measureOurs({ urls: await fresh(`ours_${round}`), dir: logs, events: OUR_EVENTS, signal }));
    },
    async (round: number) => {
      const { postgres, mongodb } = await fresh(`emmett_${round}`);
      const env = { ...local.childEnv, DATABASE_URL: postgres, MONGODB_URL: mongodb, EVENTS: String(RIVAL_EVENTS) };
      const options = { cwd: RIVALS, env, signal, timeout: LONGEST_RIVAL_MS };
      const { stdout } = await promisify(execFile)(process.execPath, ['dist/emmett.cjs'], options);
      emmett.push(JSON.parse(stdout).eventsPerSecond);
    },
  ];
  try {
    for (let round = 0; round < rounds; round++) {
      for (const arm of round % 2 === 0 ? arms : arms.toReversed()) await arm(round);
      progress.note(
        `round ${round + 1}: ours ${ours.at(-1)!.toFixed(0)}, emmett ${emmett.at(-1)!.toFixed(0)} events/s`,
      );
    }
  } finally {
    await parts.stop();
    await scratch.remove();
  }
  return judged({
    name: 'relay',
    unit: 'events per second',
    ours,
    rivals: { emmett },
    goals: [{ atLeast: 10_000 }, { against: 'emmett', atLeast: 5 }],
    notes: [
      `ours: ${OUR_EVENTS} events committed at once, until every cursor is behind them; every document is counted afterwards`,
      `emmett 0.42: ${RIVAL_EVENTS} events by its defaults: 100 read at once, given to the projection one by one with a checkpoint behind each, then a pause of 50 ms, however many wait`,
      'ours waits until each batch is on MongoDB\u2019s disk, emmett\u2019s projection does not',
      'emmett\u2019s events come from one writer: of those that ten write at once it does not read all (emmett#336)',
      'PostgreSQL, MongoDB and the consumer share the cores of this machine',
    ],
  });
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
