// Text of a YAML file and a schema in, checked data out; what is wrong is said with file, line and field.
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';

export interface Messages {
  /** The file's name. */
  name: string;
  /** Code of the Failure: `workload.malformed`. */
  code: string;
  hint: string;
}

/** Throws a usage Failure that names the line and the field. */
export function readYaml<T>(yamlText: string, schema: z.ZodType<T>, { name, code, hint }: Messages): T {
  const malformed = (line: number, what: string) =>
    new Failure(code, `${name} line ${line}: ${what}`, hint, EXIT.usage);
  const lines = new LineCounter();
  const document = parseDocument(yamlText, { lineCounter: lines });
  const broken = document.errors[0];
  if (broken) throw malformed(lines.linePos(broken.pos[0]).line, broken.message.split('\n')[0]!);
  const parsed = schema.safeParse(document.toJS());
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  // A field that is missing has no line of its own: the line of what should hold it is the nearest.
  let known = path;
  while (known.length > 0 && !document.hasIn(known)) known = known.slice(0, -1);
  const node = document.getIn(known, true) as { range?: [number, number, number] } | undefined;
  throw malformed(lines.linePos(node?.range?.[0] ?? 0).line || 1, `${path.join('.') || 'the file'}: ${issue.message}`);
}
