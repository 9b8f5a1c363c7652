// The head of a postmortem.md as data: which incident it tells, its cause, its actions. Text in, a checked record out. Pure.
import { stringify } from 'yaml';
import { z } from 'zod';
import { parseChecked } from './documents.ts';
import { failures } from './failures.ts';

const text = z.string().min(1);
export const utcSchema = z.iso.datetime({ error: 'a time in UTC such as 2026-11-20T10:04:00Z' });

const actionSchema = z.strictObject({
  id: text,
  what: text,
  owner: text,
  /** A time, or a day: until its end (UTC). */
  due: z.union([utcSchema, z.iso.date()], { error: 'a time in UTC or a day such as 2026-11-22' }),
  state: z.enum(['open', 'done'], { error: 'open or done' }),
});

const recordSchema = z.strictObject({
  id: text,
  objective: text,
  alert: text.optional(),
  severity: z.enum(['sev-1', 'sev-2', 'sev-3']),
  /** Begin of the first bad minute, and recovery. */
  fromUtc: utcSchema,
  toUtc: utcSchema,
  /** Until when the postmortem must be written. */
  dueUtc: utcSchema,
  /** One line that a person writes; empty until then. */
  cause: z.string(),
  actions: z.array(actionSchema),
});

export type Action = z.infer<typeof actionSchema>;
export type PostmortemRecord = z.infer<typeof recordSchema>;

const FENCE = '---\n';

/** The head of a postmortem.md, with the lines that close it. */
export const headText = (record: PostmortemRecord) =>
  `${FENCE}# cause: one line. An action has id, what, owner, due (a day or a UTC time) and state (open, done).\n${stringify(record, { lineWidth: 0 })}${FENCE}`;

/** Throws a Failure with file, line and column for the first thing that is wrong. `file` is only for messages. */
export function parseRecord(markdown: string, file: string): PostmortemRecord {
  const text = markdown.replaceAll('\r\n', '\n');
  const end = text.indexOf(`\n${FENCE}`);
  if (!text.startsWith(FENCE) || end < 0) throw failures.malformed(`${file}:1`, 'no head between two lines of ---');
  // With its first line, so that lines are counted as in the file.
  const { value: record, malformed } = parseChecked(text.slice(0, end + 1), file, recordSchema);
  if (Date.parse(record.toUtc) < Date.parse(record.fromUtc)) throw malformed(['toUtc'], 'before fromUtc');
  for (const [index, { id }] of record.actions.entries()) {
    const first = record.actions.findIndex((other) => other.id === id);
    if (first < index) throw malformed(['actions', index, 'id'], `a second "${id}"`);
  }
  return record;
}
