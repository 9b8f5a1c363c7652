// The stream of sample records of a run: lines that the engine wrote and the plan they carry out in, one record a request out.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Plan, readLine, type Sent } from '../workload/plan.ts';

/** One request that was sent. Times in ms from the start of the plan. */
export interface Sample {
  /** Index into the plan's arrivals. */
  index: number;
  step: string;
  plannedMs: number;
  /** When a connection of the pool was free for it; later than planned when the target kept all of them busy. */
  pickedMs: number;
  startMs: number;
  /** From the start until the last byte of the answer, or until it was given up. */
  serviceMs: number;
  /** From the planned start: (start - planned) + service. What a user who came at that time has waited. */
  responseMs: number;
  /** 0 = no answer. */
  status: number;
  /** Version of the aggregate that an acknowledged command named. */
  version?: number;
  /** Planned in the warm-up: left out of every figure. */
  warmUp: boolean;
}

/** True when the answer is not the success that the plan expects. */
export const isError = (status: number): boolean => status === 0 || status >= 400;

/** What an engine recorded, beside what was planned; undefined when the plan has no such arrival. */
export function sampleOf(plan: Plan, sent: Sent): Sample | undefined {
  const arrival = plan.arrivals[sent.index];
  if (!arrival) return undefined;
  const plannedMs = arrival.atMs;
  return {
    ...sent,
    step: arrival.step,
    plannedMs,
    responseMs: sent.startMs - plannedMs + sent.serviceMs,
    warmUp: plannedMs < plan.warmUpMs,
  };
}

/** Reads samples in the order in which they ended. A request that was never sent, or cut off with its engine, has no sample. */
export async function* readSamples(file: string, plan: Plan): AsyncGenerator<Sample> {
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    const sent = readLine(line);
    if (!sent || 'start' in sent) continue;
    const sample = sampleOf(plan, sent);
    if (sample) yield sample;
  }
}
