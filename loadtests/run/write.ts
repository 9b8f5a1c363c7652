// Writes what a run leaves behind: result.json and report.html, or partial.json when it was interrupted.
import path from 'node:path';
import { failures } from './failures.ts';
import { runHtml } from './report/html.ts';
import { type RunResult, writeWhole } from './result.ts';

/** Both files whole or not at all. Throws `result.not-written` when the disk is full or refuses. */
export async function writeRun(dir: string, result: RunResult): Promise<void> {
  await write(dir, 'result.json', result);
}

/** The same under another name: a run that was interrupted is no result, and nothing takes it for one. */
export async function writePartial(dir: string, result: RunResult): Promise<void> {
  await write(dir, 'partial.json', result);
}

async function write(dir: string, name: string, result: RunResult): Promise<void> {
  try {
    // The result last: when it is there, everything is.
    await writeWhole(path.join(dir, 'report.html'), runHtml(result));
    await writeWhole(path.join(dir, name), `${JSON.stringify(result)}\n`);
  } catch (error) {
    throw failures.notWritten(dir, (error as Error).message);
  }
}
