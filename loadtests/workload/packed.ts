// A plan as lines for an engine: what it must send and when, nothing else, small enough for an hour of it. Pure: k6 and Node import it.
import type { Arrival, Call } from './plan.ts';

/** What an engine needs of an arrival. */
export type Sending = Pick<Arrival, 'atMs' | 'step' | 'method' | 'path' | 'identity' | 'key' | 'body'>;

/** A read is asked for again and again: its row has only its place in the list of reads. */
export type Read = [step: string, path: string];
type Row =
  | [atMs: number, identity: number, read: number]
  | [
      atMs: number,
      identity: number,
      step: string,
      method: Call['method'],
      path: string,
      key: string | null,
      body: string | null,
    ];

/** Rows that are handed over at once: a long plan is never one text. */
const ROWS_PER_TEXT = 10_000;

/** The reads of a plan as the first line, then a line for each arrival in its order; in texts that follow one another. */
export function* packed(arrivals: readonly Arrival[]): Generator<string> {
  const places = new Map<string, number>();
  const nameOf = ({ step, path }: Call) => `${step} ${path}`;
  const reads: Read[] = [];
  for (const call of arrivals) {
    if (!isPlainRead(call) || places.has(nameOf(call))) continue;
    places.set(nameOf(call), reads.length);
    reads.push([call.step, call.path]);
  }
  yield `${JSON.stringify(reads)}\n`;
  const rowOf = (call: Arrival): Row => {
    // To the microsecond, as samples are.
    const atMs = Math.round(call.atMs * 1000) / 1000;
    if (isPlainRead(call)) return [atMs, call.identity, places.get(nameOf(call))!];
    return [atMs, call.identity, call.step, call.method, call.path, call.key ?? null, call.body ?? null];
  };
  for (let from = 0; from < arrivals.length; from += ROWS_PER_TEXT) {
    const rows = arrivals.slice(from, from + ROWS_PER_TEXT);
    yield rows.map((call) => `${JSON.stringify(rowOf(call))}\n`).join('');
  }
}

const isPlainRead = ({ method, key, body }: Call) => method === 'GET' && key === undefined && body === undefined;

/** A line of `packed` behind the first one. @param readAt the list of reads that the first line holds, by place */
export function unpacked(line: string, readAt: (place: number) => Read): Sending {
  const row = JSON.parse(line) as Row;
  if (row.length === 3) {
    const [step, path] = readAt(row[2]);
    return { atMs: row[0], identity: row[1], step, method: 'GET', path };
  }
  const [atMs, identity, step, method, path, key, body] = row;
  return { atMs, identity, step, method, path, ...(key !== null && { key }), ...(body !== null && { body }) };
}
