// Opens a reader for every part of an arm that can be counted: URLs and log files in, one reading of everything out.
import { add, type Counts, keyOf } from './counter.ts';
import { openLogs } from './parts/logs.ts';
import { openMongodb } from './parts/mongodb.ts';
import { openNumber, openPostgres } from './parts/postgres.ts';
import type { CounterReader } from './parts/reader.ts';
import { openRedis } from './parts/redis.ts';

export interface ReaderOptions {
  /** URLs of the parts by name. */
  urls: Partial<Record<string, string>>;
  /** Log files by process. */
  logs: Record<string, string>;
  /** A query on PostgreSQL that gives the number of events. */
  eventsQuery?: string;
}

export interface Readers extends CounterReader {
  /** What cannot be counted, and why. */
  notCounted: string[];
}

const PARTS: Record<string, { what: string; open(url: string): Promise<CounterReader> }> = {
  postgres: { what: 'SQL statements', open: openPostgres },
  mongodb: { what: 'MongoDB operations', open: openMongodb },
  redis: { what: 'Redis commands', open: openRedis },
};

/** A part that cannot be counted is told in `notCounted`: the others are counted all the same. */
export async function openReaders({ urls, logs, eventsQuery }: ReaderOptions): Promise<Readers> {
  const notCounted: string[] = [];
  const readers: CounterReader[] = [openLogs(logs)];
  const opening = async (what: string, open: () => Promise<CounterReader>) => {
    try {
      readers.push(await open());
    } catch (error) {
      notCounted.push(`${what}: ${(error as Error).message}`);
    }
  };
  await Promise.all(
    Object.entries(urls).map(async ([name, url]) => {
      const part = PARTS[name];
      if (!part || url === undefined) return void notCounted.push(`${name}: its operations cannot be counted`);
      await opening(part.what, () => part.open(url));
    }),
  );
  if (eventsQuery !== undefined && urls.postgres !== undefined) {
    await opening('events', () => openEvents(urls.postgres!, eventsQuery));
  }
  return {
    notCounted,
    async read() {
      const all = await Promise.all(readers.map((reader) => reader.read()));
      return new Map(all.flatMap((counts) => [...counts]));
    },
    async close() {
      // A part that has died is nothing to close; why the replay ended is what has to be told.
      await Promise.allSettled(readers.map((reader) => reader.close()));
    },
  };
}

async function openEvents(url: string, query: string): Promise<CounterReader> {
  const number = await openNumber(url, query);
  return {
    async read() {
      const counts: Counts = new Map();
      add(counts, keyOf('events', null), await number.read());
      return counts;
    },
    close: () => number.close(),
  };
}
