// The accepted.yaml of a checkout: a file that may not be there, its entries.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Entry, parseAccepted } from './entries.ts';
import { failures } from './failures.ts';

/** Path from the root of a checkout. */
export const ACCEPTED_FILE = 'ci/accepted.yaml';

/** Entries of head's own file, so that what a change accepts is reviewed with the change. None without a file. */
export async function readAccepted(checkout: string): Promise<Entry[]> {
  const source = await readFile(path.join(checkout, ACCEPTED_FILE), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw failures.unreadable(ACCEPTED_FILE, error.message);
  });
  return parseAccepted(source, ACCEPTED_FILE);
}
