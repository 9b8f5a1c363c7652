// Lines of metrics as text, in the format of Prometheus (0.0.4) or OpenMetrics (1.0). One line in, what it says out. Pure.

export interface ExposedSample {
  name: string;
  labels: Record<string, string>;
  /** May be NaN or infinite, as written. */
  value: number;
  /** As written: OpenMetrics counts seconds, the format of Prometheus milliseconds. */
  timestamp?: number;
}

export type Line =
  | { kind: 'sample'; sample: ExposedSample }
  | { kind: 'type' | 'unit'; name: string; value: string }
  | { kind: 'end' }
  | { kind: 'other' }
  | { kind: 'malformed'; what: string };

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(,|(?=\}))/y;
/** Value, timestamp, and an exemplar, which we do not read. */
const REST = /^[ \t]+(\S+)(?:[ \t]+([-+.\deE]+))?[ \t]*(#.*)?$/;
const NUMBER = /^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/;

/** Reads one line without its line break. */
export function readLine(line: string): Line {
  if (line.startsWith('#')) return comment(line);
  if (line.trim() === '') return { kind: 'other' };
  NAME.lastIndex = 0;
  const name = NAME.exec(line)?.[0];
  if (!name) return { kind: 'malformed', what: `no metric name at "${line.slice(0, 20)}"` };
  let at = name.length;
  const labels: Record<string, string> = {};
  if (line[at] === '{') {
    at++;
    while (line[at] !== '}') {
      LABEL.lastIndex = at;
      const found = LABEL.exec(line);
      if (!found) return { kind: 'malformed', what: `no label="value" at "${line.slice(at, at + 20)}"` };
      if (Object.hasOwn(labels, found[1]!)) return { kind: 'malformed', what: `two labels ${found[1]}` };
      labels[found[1]!] = unescaped(found[2]!);
      at = LABEL.lastIndex;
    }
    at++;
  }
  const rest = REST.exec(line.slice(at));
  const value = rest && numberOf(rest[1]!);
  if (value === undefined || value === null)
    return { kind: 'malformed', what: `no value after ${name} but "${line.slice(at).trim().slice(0, 20)}"` };
  if (rest![2] === undefined) return { kind: 'sample', sample: { name, labels, value } };
  if (!NUMBER.test(rest![2])) return { kind: 'malformed', what: `"${rest![2]}" is no timestamp` };
  return { kind: 'sample', sample: { name, labels, value, timestamp: Number(rest![2]) } };
}

function comment(line: string): Line {
  if (line === '# EOF') return { kind: 'end' };
  const found = /^#\s+(TYPE|UNIT)\s+(\S+)(?:\s+(\S+))?/.exec(line);
  if (!found) return { kind: 'other' };
  return { kind: found[1] === 'TYPE' ? 'type' : 'unit', name: found[2]!, value: found[3] ?? '' };
}

function numberOf(text: string): number | undefined {
  if (NUMBER.test(text)) return Number(text);
  if (/^\+?inf(inity)?$/i.test(text)) return Number.POSITIVE_INFINITY;
  if (/^-inf(inity)?$/i.test(text)) return Number.NEGATIVE_INFINITY;
  return /^nan$/i.test(text) ? Number.NaN : undefined;
}

const ESCAPES: Record<string, string> = { n: '\n', '\\': '\\', '"': '"' };
const unescaped = (text: string) => text.replace(/\\(.)/g, (all, letter: string) => ESCAPES[letter] ?? all);
