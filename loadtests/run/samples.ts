// The stream of sample records of a run: lines that the engine wrote and the plan they carry out in, one record a request out.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Plan, readLine } from '../workload/plan.ts';

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

/** Reads samples in the order in which they ended. A request that was never sent, or cut off with its engine, has no sample. */
export async function* readSamples(file: string, plan: Plan): AsyncGenerator<Sample> {
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    const sent = readLine(line);
    if (!sent || 'start' in sent) continue;
    const arrival = plan.arrivals[sent.index];
    if (!arrival) continue;
    const plannedMs = arrival.atMs;
    yield {
      ...sent,
      step: arrival.step,
      plannedMs,
      responseMs: sent.startMs - plannedMs + sent.serviceMs,
      warmUp: plannedMs < plan.warmUpMs,
    };
  }
}
