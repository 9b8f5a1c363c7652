// Allocation of a target process: the environment that makes it tell, and the bytes it has told.
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { joinEnvironment } from '../plant/environment.ts';
import { ALLOCATION_DIR } from './config.ts';

/** What makes a target tell, beside an environment of its own. Any program may get it: only Node.js takes notice. */
export function telling(dir: string, env: Record<string, string> = {}): Record<string, string> {
  const load = `--import=${new URL('./tell.ts', import.meta.url).href}`;
  return joinEnvironment(env, { NODE_OPTIONS: load, [ALLOCATION_DIR]: path.resolve(dir) });
}

/**
 * Bytes that the processes told so far: everything ever allocated on their V8 heaps, whether collected or not. Buffers outside of the heap
 * are not in it. Null when no process tells, for example because the program is not Node.js.
 */
export async function readAllocatedBytes(dir: string): Promise<number | null> {
  const names = await readdir(dir).catch(() => []);
  const told = await Promise.all(
    names.filter((name) => name.endsWith('.alloc')).map((name) => ask(path.join(dir, name))),
  );
  const bytes = told.filter((one) => one !== null);
  return bytes.length === 0 ? null : bytes.reduce((sum, one) => sum + one, 0);
}

async function ask(socketFile: string): Promise<number | null> {
  const socket = connect(socketFile);
  socket.setTimeout(1000, () => socket.destroy(new Error('no answer within 1 s')));
  const answer = await text(socket).catch(() => '');
  return /^\d+$/.test(answer) ? Number(answer) : null;
}
