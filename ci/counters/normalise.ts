// Texts under which counts are kept: what differs from call to call is taken out of them, so that the same statement is the same text.
import { STATEMENT_LENGTH } from './defaults.ts';

/** Texts and names in quotes, or a comment. */
const QUOTED_OR_COMMENT = /('(?:[^']|'')*'|"(?:[^"]|"")*")|\/\*.*?\*\/|--[^\n]*/gs;

/** SQL as pg_stat_statements keeps it (constants are $n already), without comments and line breaks. */
export function sqlText(text: string): string {
  const bare = text.replace(QUOTED_OR_COMMENT, (_, quoted?: string) => quoted ?? ' ');
  return cut(bare.replace(/\s+/g, ' ').trim());
}

/** Fields of a MongoDB command that belong to the connection and not to the operation. */
const NOT_OF_THE_OPERATION = new Set([
  'lsid',
  '$db',
  '$clusterTime',
  '$readPreference',
  'txnNumber',
  'startTransaction',
  'autocommit',
  'apiVersion',
  'apiStrict',
  'maxTimeMS',
  'readConcern',
  'writeConcern',
  'comment',
  'cursor',
  'ordered',
  'batchSize',
  'getMore',
  'collection',
  'singleBatch',
]);

/**
 * The shape of an operation as the profiler keeps it: `find cards {filter: {_id: ?}, limit: ?}`. Values become `?`, lists the
 * shapes of their elements.
 * @param entry a document of system.profile
 */
export function mongodbText(entry: { op: string; ns: string; command?: Record<string, unknown> }): string {
  const command = entry.command ?? {};
  const collection = entry.ns.slice(entry.ns.indexOf('.') + 1);
  const verb = entry.op === 'command' || entry.op === 'query' ? (Object.keys(command)[0] ?? entry.op) : entry.op;
  const rest = Object.entries(command).filter(([name]) => name !== verb && !NOT_OF_THE_OPERATION.has(name));
  return cut(`${verb} ${collection} ${shape(Object.fromEntries(rest))}`);
}

function shape(value: unknown): string {
  if (Array.isArray(value)) return `[${[...new Set(value.map(shape))].join(', ')}]`;
  if (value === null || typeof value !== 'object' || '_bsontype' in value || value instanceof Date) return '?';
  if (Buffer.isBuffer(value) || value instanceof RegExp) return '?';
  return `{${Object.entries(value)
    .map(([name, inner]) => `${withoutValues(name)}: ${shape(inner)}`)
    .join(', ')}}`;
}

/** A line of a log: of JSON its level and message, of other text all of it. */
export function logText(processName: string, line: string): string {
  return cut(`${processName}: ${withoutValues(messageOf(line))}`.replace(/\s+/g, ' '));
}

function messageOf(line: string): string {
  if (!line.startsWith('{')) return line;
  try {
    const { level = '', message, msg } = JSON.parse(line) as Record<string, unknown>;
    const text = message ?? msg;
    return typeof text === 'string' ? `${level} ${text}`.trim() : line;
  } catch {
    return line;
  }
}

/** Identifiers, times and numbers give way to `?`. */
const withoutValues = (text: string) =>
  text
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '?')
    .replace(/\b(?=[0-9a-f]*\d)[0-9a-f]{12,}\b/gi, '?')
    .replace(/\b\d[\d.,:TZ-]*/g, '?');

const cut = (text: string) => (text.length > STATEMENT_LENGTH ? `${text.slice(0, STATEMENT_LENGTH)}…` : text);
