// The reports of a result in one folder; a name appears only when the whole report is there.
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Pair } from './metrics.ts';
import { REPORTERS } from './report/reporters.ts';
import type { GateResult } from './result.ts';

const PARTIAL = 'partial.json';

/** Empties the folder of what an earlier gate wrote, so that nothing old is taken for this gate's. */
export async function clearReports(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  for (const name of [PARTIAL, ...Object.keys(REPORTERS)]) await rm(path.join(dir, name), { force: true });
}

/** The pairs so far, for somebody who interrupts the gate. */
export async function writePartial(dir: string, pairs: readonly Pair[]): Promise<void> {
  await writeWhole(
    path.join(dir, PARTIAL),
    `${JSON.stringify({ schema: 'amsperf/gate-partial/v1', pairs }, null, 2)}\n`,
  );
}

/** The file of the pairs so far, undefined when no pair was finished. */
export async function partialFile(dir: string): Promise<string | undefined> {
  const file = path.join(dir, PARTIAL);
  return stat(file).then(
    () => file,
    () => undefined,
  );
}

/** Writes all reports and takes the partial one away. Gives the path of the HTML page. */
export async function writeReports(dir: string, result: GateResult): Promise<string> {
  for (const [name, render] of Object.entries(REPORTERS)) await writeWhole(path.join(dir, name), render(result));
  await rm(path.join(dir, PARTIAL), { force: true });
  return path.join(dir, 'report.html');
}

async function writeWhole(file: string, text: string): Promise<void> {
  await writeFile(`${file}.tmp`, text);
  await rename(`${file}.tmp`, file);
}
