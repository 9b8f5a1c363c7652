// A rebuild of all read models against the live relay, in events per second, on the same events in the same databases.
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { local } from '../../local/config.ts';
import { scratchDir, startParts } from '../../local/parts.ts';
import { query } from '../../local/postgres.ts';
import { measureOurs } from '../relay/ours.ts';
import { type BenchOptions, type BenchResult, judged } from '../result.ts';

const EVENTS = 100_000;
const CLI = join(import.meta.dirname, '..', '..', '..', 'cli.ts');

/** The relay's benchmark appends events without aggregates: here they are, as the commands would have left them. */
const AGGREGATES = `
  insert into aggregate (tenant_id, type, id, version, state, created_at, updated_at)
  select tenant_id, aggregate_type, aggregate_id, max(version),
    (jsonb_agg(data order by version) -> 0) || (jsonb_agg(data order by version) -> 1)
      || case aggregate_type when 'attendance' then '{"status": "confirmed"}'::jsonb else '{}' end,
    min(occurred_at), max(occurred_at)
  from outbox group by tenant_id, aggregate_type, aggregate_id`;

export async function run(options: BenchOptions): Promise<BenchResult> {
  const { rounds, dir, progress, signal } = options;
  const scratch = await scratchDir();
  const parts = await startParts(['postgres', 'mongodb', 'redis'], {
    ...{ dir: scratch.dir, progress, signal },
    ignoreEnvironment: true,
  });
  const rebuilds: number[] = [];
  const live: number[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      const urls = { ...parts.urls } as Record<'postgres' | 'mongodb' | 'redis', string>;
      await query(urls.postgres, `create database rebuild_${round}`);
      for (const name of ['postgres', 'mongodb'] as const) urls[name] = withDatabase(urls[name], `rebuild_${round}`);
      const logs = join(dir, `round-${round}`);
      await mkdir(logs, { recursive: true });
      live.push(await measureOurs({ urls, dir: logs, events: EVENTS, signal }));
      await query(urls.postgres, AGGREGATES);
      await query(urls.postgres, 'vacuum analyze aggregate');
      rebuilds.push(await measureRebuild(urls, signal));
      progress.note(
        `round ${round + 1}: rebuild ${rebuilds.at(-1)!.toFixed(0)}, live ${live.at(-1)!.toFixed(0)} events/s`,
      );
    }
  } finally {
    await parts.stop();
    await scratch.remove();
  }
  return judged({
    name: 'rebuild',
    unit: 'events per second',
    ours: rebuilds,
    rivals: { 'live relay': live },
    goals: [{ against: 'live relay', atLeast: 2 }],
    notes: [
      `${EVENTS} events and those of the warm-up, two of each aggregate; a rebuild copies each aggregate once and is counted in the events that led to it`,
      'the rebuild is `npm run rebuild -- all` as it stands: indexes, catching up and the switch are in its time, the start of its process and the count of the statistics behind it are not',
      'the live relay goes first in each round, because the rebuild needs what it has made',
    ],
  });
}

/** Runs the command in a process of its own, as an operator would. */
async function measureRebuild(urls: Record<string, string>, signal?: AbortSignal): Promise<number> {
  const env = { ...local.childEnv, DATABASE_URL: urls.postgres!, MONGODB_URL: urls.mongodb! };
  const words = [CLI, 'rebuild', 'all', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, words, { env, signal });
  const { rebuilt } = JSON.parse(stdout) as { rebuilt: { events: number; seconds: number }[] };
  const sum = (what: 'events' | 'seconds') => rebuilt.reduce((total, one) => total + one[what], 0);
  return sum('events') / sum('seconds');
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
