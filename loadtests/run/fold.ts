// Folds the stream of samples into counts and histograms: per step, per phase, per window and in total. Pure, in bounded memory.
import { type Phase, type Plan, phaseAt, phasesOf } from '../workload/plan.ts';
import { Histogram } from './histogram.ts';
import { isError, type Sample } from './samples.ts';
import { Timeline } from './timeline.ts';
import { startWindows, type Windows } from './windows.ts';

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

/** One phase that is judged: every one but the warm-up. */
export interface PhaseFold {
  phase: Phase;
  total: StepFold;
  steps: Record<string, StepFold>;
  /** Response times of BLOCKS equal spans of the phase, in order, by step and as `total`: what intervals are made from. */
  blocks: Record<string, Histogram[]>;
}

export interface Folded {
  /** Everything behind the warm-up. */
  total: StepFold;
  steps: Record<string, StepFold>;
  phases: PhaseFold[];
  /** The course of the whole plan, warm-up included. */
  windows: Windows;
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

/** Enough blocks for a t interval of 19 degrees of freedom, each still long enough to forget the one before. */
export const BLOCKS = 20;
const OPEN_BLOCKS = 2;

const emptyStep = (): StepFold => ({
  planned: 0,
  started: 0,
  answered: 0,
  errors: 0,
  statuses: {},
  service: new Histogram(),
  response: new Histogram(),
});

function add(step: StepFold, { status, serviceMs, responseMs }: Sample): void {
  const isAnswered = status !== 0;
  step.started++;
  if (isAnswered) step.answered++;
  if (isError(status)) step.errors++;
  step.statuses[status] = (step.statuses[status] ?? 0) + 1;
  step.service.add(isAnswered ? serviceMs : Number.POSITIVE_INFINITY);
  step.response.add(isAnswered ? Math.max(0, responseMs) : Number.POSITIVE_INFINITY);
}

/** The step and the total beside it. */
function startGroup() {
  const total = emptyStep();
  const steps: Record<string, StepFold> = {};
  const both = (step: string): [StepFold, StepFold] => {
    steps[step] ??= emptyStep();
    return [total, steps[step]];
  };
  return { total, steps, both };
}

function startPhase(phase: Phase) {
  const group = startGroup();
  const blocks: Record<string, Timeline> = {};
  const spanMs = (phase.toMs - phase.fromMs) / BLOCKS;
  const addTo = (plannedMs: number, step: string, responseMs: number) => {
    const block = Math.min(BLOCKS - 1, Math.floor((plannedMs - phase.fromMs) / spanMs));
    for (const name of ['total', step]) {
      blocks[name] ??= new Timeline(BLOCKS, OPEN_BLOCKS);
      blocks[name].add(block, responseMs);
    }
  };
  const end = (): PhaseFold => ({
    phase,
    total: group.total,
    steps: group.steps,
    blocks: Object.fromEntries(Object.entries(blocks).map(([name, timeline]) => [name, timeline.spans()])),
  });
  return { ...group, addTo, end };
}

export interface Folding {
  /** Takes one sample; a second one of the same arrival is left out. */
  add(sample: Sample): void;
  /** Counts what has no sample, and gives the figures. Only once. */
  end(): Folded;
}

/**
 * Begins to fold the samples of a plan, in whatever order they come. Memory depends on the plan, not on how much has come.
 * Arrivals without a sample count as planned, not answered, and infinite in `response`.
 */
export function startFold(plan: Plan): Folding {
  const whole = startGroup();
  const ordered = phasesOf(plan);
  const phases = new Map(ordered.map((phase) => [phase, startPhase(phase)]));
  const phaseOf = (plannedMs: number) => phases.get(phaseAt(ordered, plannedMs))!;
  const windows = startWindows(plan.durationMs);
  const lateness = new Histogram();
  const queueing = new Histogram();
  const warmUp = { planned: 0, started: 0, errors: 0 };
  const seen = new Uint8Array(plan.arrivals.length);

  function addSample(sample: Sample): void {
    if (seen[sample.index]) return;
    seen[sample.index] = 1;
    windows.add(sample);
    if (sample.warmUp) {
      warmUp.started++;
      if (isError(sample.status)) warmUp.errors++;
      return;
    }
    const phase = phaseOf(sample.plannedMs);
    for (const one of [...whole.both(sample.step), ...phase.both(sample.step)]) add(one, sample);
    const responseMs = sample.status === 0 ? Number.POSITIVE_INFINITY : Math.max(0, sample.responseMs);
    phase.addTo(sample.plannedMs, sample.step, responseMs);
    queueing.add(Math.max(0, sample.pickedMs - sample.plannedMs));
    lateness.add(Math.max(0, sample.startMs - Math.max(sample.plannedMs, sample.pickedMs)));
  }

  function end(): Folded {
    let missing = 0;
    plan.arrivals.forEach(({ atMs, step }, index) => {
      const isMissing = !seen[index];
      if (isMissing) missing++;
      windows.plan(atMs);
      if (isMissing) windows.miss(atMs);
      if (atMs < plan.warmUpMs) {
        warmUp.planned++;
        return;
      }
      const phase = phaseOf(atMs);
      for (const one of [...whole.both(step), ...phase.both(step)]) {
        one.planned++;
        if (!isMissing) continue;
        one.errors++;
        one.response.add(Number.POSITIVE_INFINITY);
      }
      if (isMissing) phase.addTo(atMs, step, Number.POSITIVE_INFINITY);
    });
    return {
      total: whole.total,
      steps: whole.steps,
      phases: [...phases.values()].map((phase) => phase.end()).filter(({ phase }) => phase.kind !== 'warm-up'),
      windows: windows.end(),
      lateness,
      queueing,
      missing,
      warmUp,
      measuredMs: plan.durationMs - plan.warmUpMs,
    };
  }
  return { add: addSample, end };
}

/** Folds all samples of a plan. */
export async function fold(plan: Plan, samples: AsyncIterable<Sample> | Iterable<Sample>): Promise<Folded> {
  const folding = startFold(plan);
  for await (const sample of samples) folding.add(sample);
  return folding.end();
}
