// Declared maintenance: YAML text in, windows of one objective and month out, each with who and why.
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { parseDocuments, placeText } from '../openslo/documents.ts';
import { failures } from './failures.ts';
import type { Month } from './month.ts';

export interface MaintenanceWindow {
  fromSeconds: number;
  toSeconds: number;
  reason: string;
  who: string;
  /** Names of SLOs; undefined for all. */
  objectives?: string[] | undefined;
}

const moment = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z$/, 'a time in UTC such as 2026-11-08T18:00:00Z')
  .refine((text) => {
    const ms = Date.parse(text);
    // Date.parse makes 3 March of 31 February.
    return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text.slice(0, 16));
  }, 'no such date and time');

const schema = z.array(
  z.strictObject({
    from: moment,
    to: moment,
    reason: z.string().min(1),
    who: z.string().min(1),
    objectives: z.array(z.string()).min(1).optional(),
  }),
);

/**
 * All windows of a file, in its order.
 * Throws a Failure that names file and line: no YAML, an unknown key or objective, a window that ends before it begins.
 */
export async function readMaintenance(file: string, objectives: readonly string[]): Promise<MaintenanceWindow[]> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw failures.noFile(file);
  });
  return parseMaintenance(text, file, objectives);
}

/** The windows of a file's text. `file` is only for messages. Pure. */
export function parseMaintenance(text: string, file: string, objectives: readonly string[]): MaintenanceWindow[] {
  const [document] = parseDocuments(text, file);
  if (!document) return [];
  const wrong = (keys: PropertyKey[], what: string) => failures.badMaintenance(placeText(document.at(keys)), what);
  const parsed = schema.safeParse(document.value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw wrong(issue!.path, `${issue!.path.join('.') || 'the file'}: ${issue!.message}`);
  }
  return parsed.data.map(({ from, to, ...window }, index) => {
    const [fromSeconds, toSeconds] = [Date.parse(from) / 1000, Date.parse(to) / 1000];
    if (toSeconds <= fromSeconds) throw wrong([index, 'to'], 'a window ends after it begins');
    const unknown = window.objectives?.find((name) => !objectives.includes(name));
    if (unknown !== undefined) throw wrong([index, 'objectives'], `there is no objective "${unknown}"`);
    return { fromSeconds, toSeconds, ...window };
  });
}

/**
 * The windows of one objective inside the month (or the part of it that has passed), in the order of time. Those that overlap or
 * touch become one with all reasons, so that nothing is taken out twice; what lies outside is cut off.
 */
export function windowsOf(
  windows: readonly MaintenanceWindow[],
  objective: string,
  { fromSeconds, toSeconds }: Pick<Month, 'fromSeconds' | 'toSeconds'>,
): MaintenanceWindow[] {
  const merged: MaintenanceWindow[] = [];
  const inside = windows
    .filter(({ objectives }) => objectives === undefined || objectives.includes(objective))
    .filter((window) => window.fromSeconds < toSeconds && window.toSeconds > fromSeconds)
    .map((window) => ({
      ...window,
      fromSeconds: Math.max(window.fromSeconds, fromSeconds),
      toSeconds: Math.min(window.toSeconds, toSeconds),
    }))
    .sort((a, b) => a.fromSeconds - b.fromSeconds);
  const both = (a: string, b: string) => [...new Set([...a.split('; '), ...b.split('; ')])].join('; ');
  for (const window of inside) {
    const last = merged.at(-1);
    if (!last || window.fromSeconds > last.toSeconds) merged.push({ ...window });
    else {
      last.toSeconds = Math.max(last.toSeconds, window.toSeconds);
      last.reason = both(last.reason, window.reason);
      last.who = both(last.who, window.who);
    }
  }
  return merged;
}
