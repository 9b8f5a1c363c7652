// Reads the result of a run: a folder or its result.json in, the checked result with its histograms out.
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { failures } from './failures.ts';
import type { RunResult } from './result.ts';
import { runSchema } from './schema.ts';

/** Throws `result.malformed` for a file that is not there, cut off, foreign, or of another version; it says which. */
export async function readRun(where: string): Promise<RunResult> {
  const isFolder = await stat(where).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const file = isFolder ? path.join(where, 'result.json') : where;
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw failures.badResult(file, error.code === 'ENOENT' ? 'there is no such file' : error.message);
  });
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw failures.badResult(file, text.trim() === '' ? 'it is empty' : 'it is cut off or no JSON');
  }
  return checked(file, document);
}

function checked(file: string, document: unknown): RunResult {
  const schema = (document as { schema?: unknown } | null)?.schema;
  if (typeof schema !== 'string' || !schema.startsWith('amsperf/run/')) {
    throw failures.badResult(file, `its schema is ${JSON.stringify(schema) ?? 'not named'}, not amsperf/run/v2`);
  }
  if (schema !== 'amsperf/run/v2') throw failures.badResult(file, `it is ${schema}; this program reads amsperf/run/v2`);
  const parsed = runSchema.safeParse(document);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw failures.badResult(file, `${issue.path.join('.') || 'document'}: ${issue.message}`);
  }
  return parsed.data;
}
