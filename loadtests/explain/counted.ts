// What each step costs, from the last gate that counted: a result file of the gate in, counts per call of its head out.
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { CountedStep } from './explain.ts';

const schema = z.object({
  counters: z.object({ totals: z.array(z.object({ step: z.string(), counter: z.string(), head: z.number() })) }),
});

/** Empty when there is no such file, or nothing was counted: then no work is foretold. */
export async function readCounted(file: string): Promise<CountedStep[]> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return [];
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return [];
  }
  const parsed = schema.safeParse(read);
  if (!parsed.success) return [];
  return parsed.data.counters.totals.map(({ step, counter, head }) => ({ step, counter, perCall: head }));
}
