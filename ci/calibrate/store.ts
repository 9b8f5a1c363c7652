// The recording file: appended to pair by pair, so that an interruption loses at most the pair under way.
import { createReadStream } from 'node:fs';
import { appendFile, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { failures } from './failures.ts';
import { type Recorded, readLine, writeLine } from './recording.ts';

/** Every whole pair of the file in order; none when there is no file. A last line that was cut off is left out. Throws `recording.malformed`. */
export async function readRecording(file: string): Promise<Recorded[]> {
  const pairs: Recorded[] = [];
  let broken: number | undefined;
  let number = 0;
  try {
    for await (const line of createInterface({ input: createReadStream(file) })) {
      number++;
      if (broken !== undefined) throw failures.malformed(file, broken);
      const pair = readLine(line);
      if (pair) pairs.push(pair);
      else broken = number;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  if (broken !== undefined && pairs.length === 0) throw failures.malformed(file, broken);
  return pairs;
}

/** Appends one pair. A last line that was cut off stays cut off: the new pair gets a line of its own, in its place. */
export async function appendPair(file: string, pair: Recorded): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await endWithWholeLine(file);
  await appendFile(file, writeLine(pair));
}

async function endWithWholeLine(file: string): Promise<void> {
  const handle = await open(file, 'r+').catch(() => undefined);
  if (!handle) return;
  try {
    const { size } = await handle.stat();
    const CHUNK = 65_536;
    for (let end = size; end > 0; end -= CHUNK) {
      const from = Math.max(0, end - CHUNK);
      const { buffer } = await handle.read(Buffer.alloc(end - from), 0, end - from, from);
      const last = buffer.lastIndexOf(0x0a);
      if (last < 0) continue;
      if (from + last + 1 < size) await handle.truncate(from + last + 1);
      return;
    }
    await handle.truncate(0);
  } finally {
    await handle.close();
  }
}
