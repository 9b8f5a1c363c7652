// What a plan is, and the one-line record of a request that an engine writes. Pure: k6 and Node both import it.

export interface Identity {
  tenant: string;
  role: string;
  subject: string;
}

/** One HTTP request, before anybody says when. `identity` is an index into the identities. */
export interface Call {
  /** Name of the step in the traffic mix: the row of the report. */
  step: string;
  method: 'GET' | 'POST' | 'PATCH';
  path: string;
  identity: number;
  /** Idempotency key: only commands have one. */
  key?: string;
  /** JSON text. */
  body?: string;
  /** Which aggregate the command writes: what the audit looks for when it was acknowledged. */
  aggregateId?: string;
}

/** A call and its planned start, in milliseconds from the start of the plan. */
export interface Arrival extends Call {
  atMs: number;
}

/** A whole run, drawn beforehand: arrivals are sorted by `atMs`; those before `warmUpMs` are left out of every figure. */
export interface Plan {
  schema: 'amsperf/plan/v1';
  seed: number;
  warmUpMs: number;
  /** Length of the whole plan, warm-up included. */
  durationMs: number;
  ratePerSecond: number;
  /** Hash of the workload model the plan was drawn from. */
  workloadHash: string;
  identities: Identity[];
  arrivals: Arrival[];
}

/** What an engine records of one request; times in ms from the start of the plan. */
export interface Sent {
  /** Index into the plan's arrivals. */
  index: number;
  /** When a connection of the pool became free for this request. Later than planned: all were busy, the target was slow. */
  pickedMs: number;
  startMs: number;
  /** From the start until the last byte of the answer, or until it was given up. */
  serviceMs: number;
  /** 0 = no answer. */
  status: number;
  version?: number;
}

/** First line of the samples: epoch milliseconds of the plan's time zero. */
export const startLine = (epochMs: number): string => `start,${epochMs.toFixed(3)}`;

/** One comma-separated line per request; times with a precision of 1 µs. */
export function sentLine(sent: Sent): string {
  const times = `${sent.pickedMs.toFixed(3)},${sent.startMs.toFixed(3)},${sent.serviceMs.toFixed(3)}`;
  return `${sent.index},${times},${sent.status},${sent.version ?? ''}`;
}

const LINE = /^(\d+),(-?[\d.]+),(-?[\d.]+),([\d.]+),(\d+),(\d*)$/;

/** The reverse of both; undefined for a line that is neither (cut off when an engine was killed). */
export function readLine(line: string): { start: number } | Sent | undefined {
  if (/^start,[\d.]+$/.test(line)) return { start: Number(line.slice(6)) };
  const match = LINE.exec(line);
  if (!match) return undefined;
  const [index, pickedMs, startMs, serviceMs, status] = match.slice(1, 6).map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const sent: Sent = { index, pickedMs, startMs, serviceMs, status };
  return match[6] ? { ...sent, version: Number(match[6]) } : sent;
}

/** Version in an entity tag such as `W/"7"` (RFC 9110, 8.8.3); undefined when there is none. */
export function versionOf(etag: string | null | undefined): number | undefined {
  const match = /^(?:W\/)?"(\d+)"$/.exec(etag ?? '');
  return match ? Number(match[1]) : undefined;
}
