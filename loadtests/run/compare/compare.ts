// Two runs side by side: every phase and step, objectives, CPU, lag. Two results in, rows with intervals out; no verdict. Pure.
import type { PhaseFold, StepFold } from '../fold.ts';
import type { Histogram } from '../histogram.ts';
import type { RunResult } from '../result.ts';
import { isEnough } from '../validity.ts';
import { type Interval, intervalOf, logQuantile, ratioOf } from './jackknife.ts';

export interface Cell {
  /** Null where there are too few requests; Infinity for requests without an answer is 'never'. */
  value: number | 'never' | null;
  /**
   * 95 % interval from the blocks of a hold: what this run would scatter by, had it gone on. Absent where there are too
   * few, and in a phase that changes as it goes (ramp, recover): its blocks are not alike.
   */
  lower?: number;
  upper?: number;
}

export interface Row {
  phase: string;
  step: string;
  quantile: number;
  a: Cell;
  b: Cell;
  /** b / a, with its 95 % interval where both have one; null when one of them has no value. */
  ratio: { value: number; lower?: number; upper?: number } | null;
}

export interface Pair {
  name: string;
  unit: string;
  a: number | null;
  b: number | null;
}

export interface Comparison {
  schema: 'amsperf/comparison/v1';
  a: RunHead;
  b: RunHead;
  /** Response times in ms. */
  rows: Row[];
  /** One figure of each run, without an interval. */
  pairs: Pair[];
  objectives: { name: string; a: ObjectiveCell | null; b: ObjectiveCell | null }[];
  /** What is not the same beside the build. */
  notes: string[];
}

export interface RunHead {
  scenario: string;
  service: string;
  startedAt: string;
  seed: number;
  commit: string;
  dirty: boolean;
  valid: boolean;
}

interface ObjectiveCell {
  value: number;
  met: boolean;
}

const QUANTILES = [0.5, 0.95, 0.99];

/** Why two runs cannot be set side by side; empty when they can. */
export function differences(a: RunResult, b: RunResult): string[] {
  const unlike = (what: string, one: string | number, other: string | number) =>
    one === other ? [] : [`${what}: ${one} and ${other}`];
  const phases = ({ folded }: RunResult) =>
    folded.phases.map(({ phase: { name, fromMs, toMs } }) => `${name} ${(toMs - fromMs) / 1000} s`).join(', ');
  return [
    ...unlike('scenario', a.scenario, b.scenario),
    ...unlike('workload', a.plan.workloadHash.slice(0, 12), b.plan.workloadHash.slice(0, 12)),
    ...unlike('highest rate per second', a.plan.ratePerSecond, b.plan.ratePerSecond),
    ...unlike('phases', phases(a), phases(b)),
  ];
}

/** The rows of phases and steps that both have. */
export function compare(a: RunResult, b: RunResult): Comparison {
  return {
    schema: 'amsperf/comparison/v1',
    a: headOf(a),
    b: headOf(b),
    rows: a.folded.phases.flatMap((phase) => {
      const other = b.folded.phases.find((one) => one.phase.name === phase.phase.name);
      return other ? rowsOf(phase, other) : [];
    }),
    pairs: pairsOf(a, b),
    objectives: objectivesOf(a, b),
    notes: notesOf(a, b),
  };
}

const headOf = ({ scenario, service, startedAt, plan, environment, validity }: RunResult): RunHead => ({
  ...{ scenario, service, startedAt, seed: plan.seed, valid: validity.valid },
  ...{ commit: environment.commit, dirty: environment.dirty },
});

function rowsOf(a: PhaseFold, b: PhaseFold): Row[] {
  const names = Object.keys(a.steps)
    .filter((name) => b.steps[name] !== undefined)
    .sort();
  const steps: [string, StepFold, StepFold][] = [
    ['total', a.total, b.total],
    ...names.map((name): [string, StepFold, StepFold] => [name, a.steps[name]!, b.steps[name]!]),
  ];
  return steps.flatMap(([step, one, other]) =>
    QUANTILES.map((quantile): Row => {
      const isSteady = a.phase.kind === 'hold' && b.phase.kind === 'hold';
      const [ea, eb] = [a, b].map(({ blocks }) => (isSteady ? logQuantile(blocks[step] ?? [], quantile) : undefined));
      const ca = cellOf(one.response, quantile, ea && intervalOf(ea));
      const cb = cellOf(other.response, quantile, eb && intervalOf(eb));
      const hasBoth = typeof ca.value === 'number' && typeof cb.value === 'number' && ca.value > 0;
      const plain = hasBoth ? { value: Number(cb.value) / Number(ca.value) } : null;
      return {
        ...{ phase: a.phase.name, step, quantile, a: ca, b: cb },
        ratio: ea && eb ? intervalOf(ratioOf(ea, eb)) : plain,
      };
    }),
  );
}

function cellOf(response: Histogram, q: number, interval: Interval | undefined): Cell {
  if (response.count === 0 || !isEnough(response.count, q)) return { value: null };
  const value = response.quantile(q)!;
  if (value === Number.POSITIVE_INFINITY) return { value: 'never' };
  return interval ? { value, lower: interval.lower, upper: interval.upper } : { value };
}

function pairsOf(a: RunResult, b: RunResult): Pair[] {
  const perRequest = ({ cpuMs, folded }: RunResult, name: string) =>
    cpuMs[name] === undefined ? null : cpuMs[name] / Math.max(1, folded.total.answered);
  const finite = (value: number | undefined) => (value !== undefined && Number.isFinite(value) ? value : null);
  const errors = ({ folded: { total } }: RunResult) => (total.planned === 0 ? null : total.errors / total.planned);
  const names = [...new Set([...Object.keys(a.cpuMs), ...Object.keys(b.cpuMs)])];
  return [
    ...names.map((name) => ({
      ...{ name: `CPU of ${name} per request`, unit: 'ms', a: perRequest(a, name), b: perRequest(b, name) },
    })),
    ...[0.5, 0.95].map((q) => ({
      ...{ name: `projection lag p${q * 100}`, unit: 'ms' },
      ...{ a: finite(a.lag.lag.quantile(q)), b: finite(b.lag.lag.quantile(q)) },
    })),
    { name: 'errors', unit: 'share', a: errors(a), b: errors(b) },
  ];
}

function objectivesOf(a: RunResult, b: RunResult): Comparison['objectives'] {
  const names = [...new Set([...a.objectives, ...b.objectives].map(({ displayName }) => displayName))];
  const cell = ({ objectives }: RunResult, name: string): ObjectiveCell | null => {
    const found = objectives.find(({ displayName }) => displayName === name);
    return found?.value === undefined ? null : { value: found.value, met: found.met };
  };
  return names.map((name) => ({ name, a: cell(a, name), b: cell(b, name) }));
}

/** What makes a difference besides the build. */
function notesOf(a: RunResult, b: RunResult): string[] {
  const unlike = (what: string, one: string | number, other: string | number) =>
    one === other ? [] : [`not the same ${what}: ${one} and ${other}`];
  const [ea, eb] = [a.environment, b.environment];
  const parts = ({ parts: versions }: RunResult['environment']) =>
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ') || 'unknown';
  return [
    ...unlike('processor', `${ea.cpu}, ${ea.cores} cores`, `${eb.cpu}, ${eb.cores} cores`),
    ...unlike('node', ea.node, eb.node),
    ...unlike('k6', ea.k6, eb.k6),
    ...unlike('parts', parts(ea), parts(eb)),
    ...unlike('seed, so the requests differ', a.plan.seed, b.plan.seed),
    ...[a, b].flatMap((run, index) =>
      run.validity.valid
        ? []
        : [`${index === 0 ? 'A' : 'B'} is INVALID: ${run.validity.reasons.map(({ message }) => message).join('; ')}`],
    ),
  ];
}
