// Log lines of every process, from the files that take its output.
import { open } from 'node:fs/promises';
import { add, type Counts, keyOf } from '../counter.ts';
import { logText } from '../normalise.ts';
import type { CounterReader } from './reader.ts';

const CHUNK_BYTES = 256 * 1024;

/** @param files by the name of the process */
export function openLogs(files: Record<string, string>): CounterReader {
  const counts: Counts = new Map();
  const readers = Object.entries(files).map(([name, file]) => {
    const next = newLines(file);
    return async () => {
      for (const line of await next()) if (line !== '') add(counts, keyOf('log-lines', logText(name, line)), 1);
    };
  });
  return {
    async read() {
      await Promise.all(readers.map((read) => read()));
      return new Map(counts);
    },
    async close() {},
  };
}

/** Gives the lines that were finished since the last time. */
function newLines(file: string): () => Promise<string[]> {
  let at = 0;
  let unfinished = Buffer.alloc(0);
  return async () => {
    const handle = await open(file).catch(() => undefined);
    if (!handle) return [];
    try {
      const { size } = await handle.stat();
      while (at < size) {
        const { buffer, bytesRead } = await handle.read(
          Buffer.alloc(Math.min(CHUNK_BYTES, size - at)),
          0,
          undefined,
          at,
        );
        if (bytesRead === 0) break;
        at += bytesRead;
        unfinished = Buffer.concat([unfinished, buffer.subarray(0, bytesRead)]);
      }
    } finally {
      await handle.close();
    }
    const end = unfinished.lastIndexOf(0x0a) + 1;
    const lines = unfinished.subarray(0, end).toString().split('\n').slice(0, -1);
    unfinished = unfinished.subarray(end);
    return lines;
  };
}
