// The tool cache: a folder outside the checkout with one entry per program and version, made once and whole.
import { existsSync } from 'node:fs';
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { local } from './config.ts';

const STALE_LOCK_MS = 15 * 60_000;

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
    await rm(lock, { recursive: true, force: true });
  }
}

async function take(lock: string): Promise<boolean> {
  try {
    await mkdir(lock);
    return true;
  } catch {
    const made = await stat(lock).catch(() => null);
    if (made && Date.now() - made.mtimeMs > STALE_LOCK_MS) await rm(lock, { recursive: true, force: true });
    return false;
  }
}
