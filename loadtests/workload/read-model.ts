// Text of the workload file in, checked model out. Node only: k6 never reads the model, it gets a drawn plan.
import { createHash } from 'node:crypto';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';

const positive = z.number().positive();
const count = z.number().int().positive();
const exponent = z.number().min(0).max(3);
const weight = z.number().min(0);

const schema = z.strictObject({
  schema: z.literal('amsperf/workload/v1'),
  averageRatePerSecond: positive,
  peakFactor: z.number().min(1),
  scenarios: z.record(
    z.string(),
    z.strictObject({ rate: z.enum(['average', 'peak']), seconds: positive, warmUpSeconds: z.number().min(0) }),
  ),
  mix: z
    .strictObject({
      enrol: weight,
      rename: weight,
      request: weight,
      confirm: weight,
      card: weight,
      sheet: weight,
      statistic: weight,
    })
    .refine((mix) => Object.values(mix).some((w) => w > 0), 'at least one weight must be above 0')
    .refine(
      (mix) => mix.confirm <= mix.request,
      'confirm must not be above request: each attendance is confirmed once',
    ),
  tenants: z.strictObject({ count, exponent }),
  users: z.strictObject({ manager: count, teacher: count, student: count, parent: count }),
  data: z.strictObject({
    members: count,
    classes: count,
    pendingAttendances: z.number().int().min(0),
    readExponent: exponent,
    dates: z.array(z.iso.date()).min(1),
    datesExponent: exponent,
  }),
  confirmAfterSeconds: z.number().min(0),
});

/** What the workload file says, and the SHA-256 of its text. */
export interface Model extends z.infer<typeof schema> {
  hash: string;
}

/**
 * Reads a workload file. Throws a usage Failure that names line and field.
 * @param name the file's name, for messages
 */
export function readModel(yamlText: string, name = 'workload file'): Model {
  const lines = new LineCounter();
  const document = parseDocument(yamlText, { lineCounter: lines });
  const broken = document.errors[0];
  if (broken) throw malformed(name, lines.linePos(broken.pos[0]).line, broken.message.split('\n')[0]!);
  const parsed = schema.safeParse(document.toJS());
  if (parsed.success) return { ...parsed.data, hash: createHash('sha256').update(yamlText).digest('hex') };
  const issue = parsed.error.issues[0]!;
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  // A field that is missing has no line of its own: the line of what should hold it is the nearest.
  let known = path;
  while (known.length > 0 && !document.hasIn(known)) known = known.slice(0, -1);
  const node = document.getIn(known, true) as { range?: [number, number, number] } | undefined;
  const line = lines.linePos(node?.range?.[0] ?? 0).line || 1;
  throw malformed(name, line, `${path.join('.') || 'the file'}: ${issue.message}`);
}

function malformed(name: string, line: number, what: string): Failure {
  return new Failure(
    'workload.malformed',
    `${name} line ${line}: ${what}`,
    'mend that line; loadtests/workload/ams.yaml is an example that works',
    EXIT.usage,
  );
}
