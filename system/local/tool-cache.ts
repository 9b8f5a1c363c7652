// The tool cache: a folder outside the checkout with one entry per program and version, made once and whole.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { local } from './config.ts';
import { startTicks } from './proc.ts';

/**
 * The folder of one entry, made by `make` when it is not there yet. Two processes that want it at once make it once.
 * An entry that was interrupted has no `.whole` mark and is made anew.
 */
export async function cached(name: string, version: string, make: (dir: string) => Promise<void>): Promise<string> {
  const dir = join(local.cacheDir, name, version);
  const mark = join(dir, '.whole');
  const lock = `${dir}.lock`;
  if (existsSync(mark)) return dir;
  await mkdir(join(local.cacheDir, name), { recursive: true });
  while (!(await take(lock))) {
    await sleep(500);
    if (existsSync(mark)) return dir;
  }
  try {
    if (existsSync(mark)) return dir;
    await rm(dir, { recursive: true, force: true });
    await mkdir(dir, { recursive: true });
    await make(dir);
    await writeFile(mark, '');
    return dir;
  } finally {
    await rm(lock, { force: true });
  }
}

/** A lock is a file with the number of the process that holds it; one whose process has ended is taken over. */
async function take(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const owner = Number(await readFile(lock, 'utf8').catch(() => process.pid));
    if (startTicks(owner) === undefined) await rm(lock, { force: true });
    return false;
  }
}
