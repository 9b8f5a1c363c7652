// Real servers for integration tests: those that `npm test` shares, or some of the test's own; always a database of its own.
import { randomBytes } from 'node:crypto';
import { silent } from '../../cli/progress.ts';
import { local } from './config.ts';
import type { PartName } from './part.ts';
import { type Parts, scratchDir, startParts } from './parts.ts';
import { query } from './postgres.ts';

export interface TestParts {
  urls: Record<PartName, string>;
  /** The servers started for this test alone; empty when they are shared. */
  own: Parts;
  close(): Promise<void>;
}

/** @param options.own servers of this test alone, because it stops or kills them. */
export async function freshParts(names: PartName[], options: { own?: boolean } = {}): Promise<TestParts> {
  const shared = options.own ? [] : names.filter((name) => local.testUrls[name]);
  const scratch = await scratchDir();
  const own = await startParts(
    names.filter((name) => !shared.includes(name)),
    { dir: scratch.dir, progress: silent, ignoreEnvironment: true },
  );
  const urls = { ...own.urls } as Record<PartName, string>;
  for (const name of shared) urls[name] = local.testUrls[name]!;
  const database = `t_${randomBytes(6).toString('hex')}`;
  if (urls.postgres) {
    await query(urls.postgres, `create database ${database}`);
    urls.postgres = withDatabase(urls.postgres, database);
  }
  if (urls.mongodb) urls.mongodb = withDatabase(urls.mongodb, database);
  return {
    urls,
    own,
    async close() {
      await own.stop();
      await scratch.remove();
    },
  };
}

function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}
