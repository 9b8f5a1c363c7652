// The history as a file in a folder, which grows by whole lines.
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { failures } from './failures.ts';
import { HISTORY_FILE, holds, type Store, toLines } from './lines.ts';

/** @param dir made when the first line is appended */
export function folderStore(dir: string): Store {
  const file = path.join(dir, HISTORY_FILE);
  const read = () =>
    readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw failures.storeFailed(file, 'cannot be read', error.message);
    });
  return {
    name: file,
    lines: async () => toLines(await read()),
    async append(id, line) {
      const text = await read();
      if (holds(toLines(text), id)) return false;
      // Whoever was cut off in the middle of a line must not take ours with it.
      const start = text === '' || text.endsWith('\n') ? '' : '\n';
      try {
        await mkdir(dir, { recursive: true });
        await appendFile(file, `${start}${line}\n`);
      } catch (error) {
        throw failures.storeFailed(file, 'cannot be appended to', (error as Error).message);
      }
      return true;
    },
  };
}
