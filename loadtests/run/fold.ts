// Folds the stream of samples into counts and histograms, per step and in total. Pure; folds of two runs can be merged.
import type { Plan } from '../workload/plan.ts';
import { Histogram } from './histogram.ts';
import type { Sample } from './samples.ts';

/** Counts and times (ms) of the requests of one step, or of all. */
export interface StepFold {
  planned: number;
  started: number;
  answered: number;
  /** Requests without an answer or with a status of 400 and above: every call of a plan is one that must succeed. */
  errors: number;
  /** How often each status came; "0" is no answer. */
  statuses: Record<string, number>;
  /** From sending to the last byte. */
  service: Histogram;
  /** From the planned start to the last byte. Requests that were not answered count as infinite. */
  response: Histogram;
}

export interface Folded {
  total: StepFold;
  steps: Record<string, StepFold>;
  /** Start - planned start, ms, in so far as it is the generator's doing: from when a connection was free. */
  lateness: Histogram;
  /** Wait for a free connection of the pool, ms: the target's doing, part of the response time. */
  queueing: Histogram;
  /** Arrivals of the whole plan, warm-up included, without a sample. */
  missing: number;
  warmUp: { planned: number; started: number; errors: number };
  /** Length of what was measured. */
  measuredMs: number;
}

const emptyStep = (): StepFold => ({
  planned: 0,
  started: 0,
  answered: 0,
  errors: 0,
  statuses: {},
  service: new Histogram(),
  response: new Histogram(),
});

/** True when the answer is not the success that the plan expects. */
export const isError = (status: number): boolean => status === 0 || status >= 400;

function add(step: StepFold, sample: Sample): void {
  const isAnswered = sample.status !== 0;
  step.started++;
  if (isAnswered) step.answered++;
  if (isError(sample.status)) step.errors++;
  step.statuses[sample.status] = (step.statuses[sample.status] ?? 0) + 1;
  step.service.add(isAnswered ? sample.serviceMs : Number.POSITIVE_INFINITY);
  step.response.add(isAnswered ? Math.max(0, sample.responseMs) : Number.POSITIVE_INFINITY);
}

/** Folds the samples of a plan. Arrivals without a sample count as planned, not answered, and infinite in `response`. */
export async function fold(plan: Plan, samples: AsyncIterable<Sample> | Iterable<Sample>): Promise<Folded> {
  const total = emptyStep();
  const steps: Record<string, StepFold> = {};
  const lateness = new Histogram();
  const queueing = new Histogram();
  const warmUp = { planned: 0, started: 0, errors: 0 };
  const seen = new Uint8Array(plan.arrivals.length);

  for await (const sample of samples) {
    seen[sample.index] = 1;
    if (sample.warmUp) {
      warmUp.started++;
      if (isError(sample.status)) warmUp.errors++;
      continue;
    }
    steps[sample.step] ??= emptyStep();
    for (const one of [total, steps[sample.step]!]) add(one, sample);
    queueing.add(Math.max(0, sample.pickedMs - sample.plannedMs));
    lateness.add(Math.max(0, sample.startMs - Math.max(sample.plannedMs, sample.pickedMs)));
  }

  let missing = 0;
  plan.arrivals.forEach((arrival, index) => {
    if (!seen[index]) missing++;
    if (arrival.atMs < plan.warmUpMs) {
      warmUp.planned++;
      return;
    }
    steps[arrival.step] ??= emptyStep();
    for (const one of [total, steps[arrival.step]!]) {
      one.planned++;
      if (seen[index]) continue;
      one.errors++;
      one.response.add(Number.POSITIVE_INFINITY);
    }
  });
  return { total, steps, lateness, queueing, missing, warmUp, measuredMs: plan.durationMs - plan.warmUpMs };
}
