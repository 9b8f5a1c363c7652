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
  /** Of a bulk command: all that its success acknowledges. */
  acknowledges?: { id: string; version: number }[];
}

/** A call and its planned start, in milliseconds from the start of the plan. */
export interface Arrival extends Call {
  atMs: number;
  /** Name of the journey that it is a step of. */
  journey?: string;
  /** Which journey of the plan, counted from 0: all steps that one person makes in a row have the same. */
  visit?: number;
}

/** A rate at one moment; between two points it goes in a straight line, two points at the same moment are a jump. */
export interface RatePoint {
  /** Milliseconds from the start of the plan. */
  atMs: number;
  ratePerSecond: number;
}

/** A hold is what objectives are judged on; what recovers is asked how long it takes; a ramp is only on the way. */
export type PhaseKind = 'warm-up' | 'ramp' | 'hold' | 'recover';

/** A part of a plan that is judged by itself. The phases of a plan follow one another without a gap; a warm-up comes first. */
export interface Phase {
  /** Its own within the plan. */
  name: string;
  kind: PhaseKind;
  fromMs: number;
  toMs: number;
  /** At least two, the first at `fromMs` and the last at `toMs`. */
  rates: RatePoint[];
}

/** A whole run, drawn beforehand: arrivals are sorted by `atMs`; those before `warmUpMs` are left out of every figure. */
export interface Plan {
  schema: 'amsperf/plan/v1';
  seed: number;
  warmUpMs: number;
  /** Length of the whole plan, warm-up included. */
  durationMs: number;
  /** The highest rate behind the warm-up. */
  ratePerSecond: number;
  /** Hash of the workload model the plan was drawn from. */
  workloadHash: string;
  /** Absent: a warm-up and a hold. Read them by `phasesOf`. */
  phases?: Phase[];
  /** The run looks for the limit of the system: that one was crossed is its finding. */
  findsLimit?: true;
  identities: Identity[];
  arrivals: Arrival[];
}

/** Phases of a plan, the warm-up among them, in their order. */
export function phasesOf(plan: Pick<Plan, 'phases' | 'warmUpMs' | 'durationMs' | 'ratePerSecond'>): Phase[] {
  if (plan.phases) return plan.phases;
  const phase = (name: 'warm-up' | 'hold', fromMs: number, toMs: number): Phase => ({
    name,
    kind: name,
    fromMs,
    toMs,
    rates: [fromMs, toMs].map((atMs) => ({ atMs, ratePerSecond: plan.ratePerSecond })),
  });
  const hold = phase('hold', plan.warmUpMs, plan.durationMs);
  return plan.warmUpMs > 0 ? [phase('warm-up', 0, plan.warmUpMs), hold] : [hold];
}

/** The phase that a moment falls in: from its start, up to but without its end. The last one takes what comes behind it. */
export function phaseAt(phases: readonly Phase[], atMs: number): Phase {
  return phases.find((phase) => atMs < phase.toMs) ?? phases[phases.length - 1]!;
}

/** The same plan, ended early: what would arrive at `atMs` or later is no part of it. Indices of arrivals stay as they are. */
export function cutPlan(plan: Plan, atMs: number): Plan {
  if (atMs >= plan.durationMs) return plan;
  const after = plan.arrivals.findIndex((arrival) => arrival.atMs >= atMs);
  const phases = phasesOf(plan).flatMap((phase): Phase[] => {
    if (phase.fromMs >= atMs) return [];
    if (phase.toMs <= atMs) return [phase];
    const kept = phase.rates.filter((point) => point.atMs < atMs);
    return [{ ...phase, toMs: atMs, rates: [...kept, { atMs, ratePerSecond: rateAt(phase.rates, atMs) }] }];
  });
  return {
    ...plan,
    durationMs: atMs,
    warmUpMs: Math.min(plan.warmUpMs, atMs),
    phases,
    arrivals: after < 0 ? plan.arrivals : plan.arrivals.slice(0, after),
  };
}

/** The rate of a curve at a moment, per second; of a jump the rate behind it. Before the first and after the last point theirs. */
export function rateAt(rates: readonly RatePoint[], atMs: number): number {
  const next = rates.findIndex((point) => point.atMs > atMs);
  if (next < 0) return rates[rates.length - 1]!.ratePerSecond;
  if (next === 0) return rates[0]!.ratePerSecond;
  const [from, to] = [rates[next - 1]!, rates[next]!];
  const share = (atMs - from.atMs) / (to.atMs - from.atMs);
  return from.ratePerSecond + share * (to.ratePerSecond - from.ratePerSecond);
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
