// Redis commands, from INFO commandstats: the server itself counts every command, those inside of scripts as well.
import { Redis } from 'ioredis';
import { add, type Counts, keyOf } from '../counter.ts';
import type { CounterReader } from './reader.ts';

/** How we read; a service that sends it as well is not seen doing so. */
const OWN_COMMAND = 'info';

export async function openRedis(url: string): Promise<CounterReader> {
  const client = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: 2000,
    maxRetriesPerRequest: 0,
  });
  client.on('error', () => {});
  await client.connect();
  return {
    async read() {
      const counts: Counts = new Map();
      for (const [, name, calls] of (await client.info('commandstats')).matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)) {
        if (name !== OWN_COMMAND)
          add(counts, keyOf('redis-commands', name!.replace('|', ' ').toUpperCase()), Number(calls));
      }
      return counts;
    },
    async close() {
      client.disconnect();
    },
  };
}
