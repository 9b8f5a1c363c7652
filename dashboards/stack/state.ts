// What a running stack leaves for `status` and `down` of another terminal: who holds it and where its parts answer.
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { startTicks } from '../../system/local/proc.ts';

const FILE = join(import.meta.dirname, '..', '..', '.run', 'stack.json');

export interface StackState {
  pid: number;
  /** With the number it names one process for ever. */
  startTicks: number;
  startedAt: string;
  /** What to open or to point at. */
  endpoints: { name: string; url: string; health?: string }[];
}

export async function writeState(state: StackState): Promise<void> {
  await mkdir(dirname(FILE), { recursive: true });
  await writeFile(`${FILE}.new`, JSON.stringify(state, null, 2));
  await rename(`${FILE}.new`, FILE);
}

export async function removeState(): Promise<void> {
  await rm(FILE, { force: true });
}

/** The stack of this checkout that runs now, or undefined; a state that a crash left counts as none. */
export async function runningState(): Promise<StackState | undefined> {
  const text = await readFile(FILE, 'utf8').catch(() => undefined);
  if (!text) return undefined;
  const state = JSON.parse(text) as StackState;
  return startTicks(state.pid) === state.startTicks ? state : undefined;
}
