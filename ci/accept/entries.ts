// accepted.yaml: text in, checked entries out, or a Failure that names file and line. Pure.
import { type Document, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { failures } from './failures.ts';

/** How far a difference may go: a share of base (0.15 = 15 % more), or, for counters, so many more than base per call of the step. */
export type Bound = { kind: 'ratio'; ratio: number } | { kind: 'count'; count: number };

/** A difference that somebody allows on purpose, until a day. */
export interface Entry {
  /** Where it stands: `ci/accepted.yaml:4`. */
  place: string;
  what:
    | { kind: 'metric'; metric: string }
    /** `step` and `statement` narrow it down; a statement matches when it contains the text, letter case and spaces aside. */
    | { kind: 'counter'; counter: string; step?: string; statement?: string };
  bound: Bound;
  reason: string;
  owner: string;
  /** Last day on which it holds, `YYYY-MM-DD`. */
  until: string;
}

const text = z.string('is no text').trim().min(1, 'is empty');
const common = {
  bound: z.union([z.string(), z.number()], 'is missing: for example "15%", or "+2" for a counter').transform(readBound),
  reason: text,
  owner: text,
  until: text.refine(isDay, 'is no day: write YYYY-MM-DD'),
};
const metricSchema = z.strictObject({ metric: text, ...common });
const counterSchema = z.strictObject({
  counter: text,
  step: text.optional(),
  statement: text.optional(),
  ...common,
});

/**
 * The entries of the text of an accepted.yaml: `accepted:` with a list, which may be empty.
 * @param file only for messages
 * Throws `accepted.malformed` with file and line for the first thing that is wrong.
 */
export function parseAccepted(source: string, file: string): Entry[] {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, version: '1.2' });
  const placeOf = (keys: readonly PropertyKey[]) => `${file}:${lines.linePos(offsetOf(document, keys)).line}`;
  const [error] = document.errors;
  if (error)
    throw failures.malformed(`${file}:${lines.linePos(error.pos[0]).line}`, error.message.split(' at line ')[0]!);
  const top = z
    .strictObject({ accepted: z.array(z.record(z.string(), z.unknown()), 'is no list').nullish() })
    .safeParse(document.toJS() ?? {});
  if (!top.success) throw failures.malformed(...whereAndWhat(top.error, [], placeOf));
  const entries = (top.data.accepted ?? []).map((raw, index): Entry => {
    const at = ['accepted', index];
    const place = placeOf(at);
    if ('metric' in raw === 'counter' in raw)
      throw failures.malformed(place, 'an entry names either a metric or a counter');
    if ('metric' in raw) {
      const { metric, bound, ...rest } = checked(metricSchema, raw, at, placeOf);
      if (bound.kind === 'count') throw failures.malformed(place, 'the bound of a metric is a percentage, as in 15%');
      return { place, what: { kind: 'metric', metric }, bound, ...rest };
    }
    const { counter, step, statement, ...rest } = checked(counterSchema, raw, at, placeOf);
    const what = {
      kind: 'counter' as const,
      counter,
      ...(step !== undefined && { step }),
      ...(statement !== undefined && { statement }),
    };
    return { place, what, ...rest };
  });
  const seen = new Map<string, string>();
  for (const { place, what } of entries) {
    const key = JSON.stringify(what);
    if (seen.has(key)) throw failures.malformed(place, `names the same difference as ${seen.get(key)}`);
    seen.set(key, place);
  }
  return entries;
}

function checked<T>(
  schema: z.ZodType<T>,
  raw: unknown,
  at: readonly PropertyKey[],
  placeOf: (keys: readonly PropertyKey[]) => string,
): T {
  const parsed = schema.safeParse(raw);
  if (!parsed.success) throw failures.malformed(...whereAndWhat(parsed.error, at, placeOf));
  return parsed.data;
}

function whereAndWhat(
  error: z.ZodError,
  at: readonly PropertyKey[],
  placeOf: (keys: readonly PropertyKey[]) => string,
): [place: string, what: string] {
  const issue = error.issues[0]!;
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const keys = [...at, ...issue.path, ...(unknown === undefined ? [] : [unknown])];
  const field = keys.filter((key) => typeof key === 'string' && key !== 'accepted').join('.') || 'accepted';
  return [placeOf(keys), unknown === undefined ? `${field}: ${issue.message}` : `"${field}" is no field of an entry`];
}

function readBound(value: string | number, context: z.RefinementCtx): Bound {
  const match = /^\+?(\d+(?:\.\d+)?)\s*(%?)$/.exec(String(value).trim());
  const number = Number(match?.[1]);
  if (match?.[2] === '%' && number > 0) return { kind: 'ratio', ratio: number / 100 };
  if (match?.[2] === '' && number > 0) return { kind: 'count', count: number };
  context.addIssue(
    `"${value}" is no bound: a percentage above 0 as in 15%, or for a counter so many more per call, as in +2`,
  );
  return z.NEVER;
}

function isDay(value: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(value) && new Date(`${value}T00:00:00Z`).toJSON()?.slice(0, 10) === value;
}

/** Where the key or the value of `keys` begins, or its nearest ancestor that exists. */
function offsetOf(document: Document, keys: readonly PropertyKey[]): number {
  for (let depth = keys.length; depth > 0; depth--) {
    const node = document.getIn(keys.slice(0, depth), true) as { range?: [number, number, number] } | undefined;
    if (node?.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}
