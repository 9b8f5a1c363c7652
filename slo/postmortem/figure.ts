// Every figure of a postmortem as data: what it is called, how it is asked for, how it was printed. Text in, figures out. Pure.
import { stringify } from 'yaml';
import { z } from 'zod';
import { parseChecked } from './documents.ts';
import { utcSchema } from './record.ts';
import { UNITS } from './units.ts';

const text = z.string().min(1);

/** Which lines of the API's log are counted: those of the objective's bad requests. */
const logSchema = z.strictObject({
  count: z.enum(['requests', 'tenants']),
  fromUtc: utcSchema,
  toUtc: utcSchema,
  /** The requests that the objective counts, as regular expressions over the whole value. */
  method: text.optional(),
  route: text.optional(),
  status: text.optional(),
  slowerThanMs: z.number().positive().optional(),
});

const named = {
  id: z.string().regex(/^[a-z0-9-]+$/, 'lower-case letters, digits and -'),
  title: text,
  unit: z.enum(UNITS),
  /** The value as it stands in the documents. */
  printed: text,
};

const figureSchema = z.union(
  [
    /** PromQL, asked at one time. */
    z.strictObject({ ...named, query: text, atUtc: utcSchema }),
    /** From two figures above: difference a - b, share a / (b * times), rest 1 - a / (b * times). */
    z.strictObject({
      ...named,
      of: z.tuple([text, text]),
      as: z.enum(['difference', 'share', 'rest']),
      times: z.number().positive().optional(),
    }),
    /** Counted in a log. */
    z.strictObject({ ...named, log: logSchema }),
  ],
  { error: 'a figure has id, title, unit, printed and: query and atUtc, or of and as, or log' },
);

const evidenceSchema = z.strictObject({
  schema: z.literal('amsperf/postmortem/v1'),
  /** Where the figures were asked: a URL or the name of a recorded file. */
  source: text,
  /** The version of the Prometheus that answered: `rate` extrapolates a little differently from 2 to 3. */
  prometheus: text,
  figures: z.array(figureSchema).min(1),
});

export type LogFilter = z.infer<typeof logSchema>;
export type Figure = z.infer<typeof figureSchema>;
/** A figure that was not asked for yet. */
export type Asked = Figure extends infer F ? (F extends Figure ? Omit<F, 'printed'> : never) : never;
export type Evidence = z.infer<typeof evidenceSchema>;

const HEAD = `# Every figure of postmortem.md and evidence.html, with its query and the time at which it is asked. Not for editing:
# npm run slo -- postmortem verify <this folder> asks all of them again and compares.
`;

export const evidenceText = (evidence: Evidence) => HEAD + stringify(evidence, { lineWidth: 0 });

/** Throws a Failure with file, line and column for the first thing that is wrong. `file` is only for messages. */
export function parseEvidence(yaml: string, file: string): Evidence {
  const { value: evidence, malformed } = parseChecked(yaml, file, evidenceSchema);
  const above = new Set<string>();
  for (const [index, figure] of evidence.figures.entries()) {
    if (above.has(figure.id)) throw malformed(['figures', index, 'id'], `a second "${figure.id}"`);
    const missing = 'of' in figure && figure.of.find((id) => !above.has(id));
    if (missing) throw malformed(['figures', index, 'of'], `there is no figure "${missing}" above it`);
    above.add(figure.id);
  }
  return evidence;
}
