// The records of all incidents: a folder in, what each says out, in the order of time.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { failures } from './failures.ts';
import { type PostmortemRecord, parseRecord } from './record.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** The files of a record. People write in the first; the others are evidence. */
export const RECORD_FILES = {
  story: 'postmortem.md',
  evidence: 'evidence.yaml',
  page: 'evidence.html',
  panels: 'panels',
  /** The samples below the figures; there when somebody has asked to keep them. */
  samples: 'samples.om.gz',
};

/** Relative to the folder that the command was called in, because messages name files in it. */
export const recordsDir = path.relative(process.cwd(), path.join(root, 'slo/postmortem/records')) || '.';

export interface Incident extends PostmortemRecord {
  folder: string;
}

/** The text of a file of a record. Throws a Failure when the folder is no record. */
export async function readRecordFile(folder: string, file: string): Promise<string> {
  const text = await readFile(path.join(folder, file), 'utf8').catch(() => undefined);
  if (text === undefined) throw failures.noRecord(folder, file);
  return text;
}

/** Every record below a folder; a folder that does not exist holds none. Throws a Failure for a malformed one. */
export async function readRecords(dir: string = recordsDir): Promise<Incident[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => path.join(dir, entry.name));
  const incidents = await Promise.all(
    folders.map(async (folder) => {
      const { story } = RECORD_FILES;
      return { folder, ...parseRecord(await readRecordFile(folder, story), path.join(folder, story)) };
    }),
  );
  return incidents.sort((a, b) => a.fromUtc.localeCompare(b.fromUtc) || a.id.localeCompare(b.id));
}
