// The one object that every report is made of: what was compared, by which rule, what came out, and every raw value.
import { EXIT, type ExitCode } from '../../cli/exit.ts';
import type { Effect, Rule, Verdict } from './decide.ts';
import type { Pair } from './metrics.ts';

/** A build under test. */
export interface Build {
  commit: string;
  /** Hash of the tree: equal hashes are equal builds. */
  tree: string;
  /** How it was chosen, for people: "merge base with origin/main". */
  chosen: string;
  /** Head only: the working tree differs from the commit. */
  dirty: boolean;
}

/** One absolute objective, judged on the head arm. */
export interface ObjectiveRow {
  name: string;
  target: number;
  /** Share of good requests; null when nothing could be counted. */
  actual: number | null;
  met: boolean;
  detail: string;
}

/** Response time in ms at a share of the requests, for the curves. */
export type Curve = [share: number, ms: number][];

export interface GateResult {
  schema: 'amsperf/gate/v1';
  /** `pairs`: head against base. `smoke`: head against the objectives only. */
  kind: 'pairs' | 'smoke';
  verdict: Verdict | 'OBJECTIVE MISSED';
  exitCode: ExitCode;
  /** Reasons of the verdict, most important first. */
  why: string[];
  /** What a reader should know beside it. */
  notes: string[];
  /** The command to try next. */
  next: string;
  startedAt: string;
  seconds: number;
  head: Build;
  base: Build | null;
  planted: string | null;
  load: { ratePerSecond: number; warmUpMs: number; measuredMs: number; seed: number; workloadHash: string };
  rule: Rule & { minimumEffect: number; falseAlarm: number; falsePass: number };
  effects: Effect[];
  objectives: ObjectiveRow[];
  /** Bound of the latency objective, for the drawing; null without one. */
  latencyLimitMs: number | null;
  pairs: Pair[];
  /** Turns that could not be trusted and were repeated, each with the reason. */
  repeated: string[];
  curves: { head: Curve; base: Curve | null };
  environment: { node: string; k6: string; cpu: string; cores: number; memoryBytes: number; parts: string[] };
}

/**
 * The exit code that a verdict and the objectives give together. INVALID says nothing else; a regression comes before a
 * missed objective, because it names what this change did; a missed objective comes before PASS and INCONCLUSIVE.
 */
export function conclude(
  verdict: Verdict,
  objectives: readonly ObjectiveRow[],
): Pick<GateResult, 'verdict' | 'exitCode'> {
  const missed = objectives.some((objective) => !objective.met);
  switch (verdict) {
    case 'INVALID':
      return { verdict, exitCode: EXIT.invalid };
    case 'REGRESSION':
      return { verdict, exitCode: EXIT.regression };
    case 'PASS':
      return missed ? { verdict: 'OBJECTIVE MISSED', exitCode: EXIT.objective } : { verdict, exitCode: EXIT.pass };
    case 'INCONCLUSIVE':
      return missed
        ? { verdict: 'OBJECTIVE MISSED', exitCode: EXIT.objective }
        : { verdict, exitCode: EXIT.inconclusive };
  }
}

/** Sentences about the objectives that were missed. */
export function missedObjectives(objectives: readonly ObjectiveRow[]): string[] {
  return objectives
    .filter((objective) => !objective.met)
    .map((objective) => `objective "${objective.name}" missed on head: ${objective.detail}`);
}

/** Points of a response-time curve: denser towards the slow end, as far as the samples reach. */
export function curveOf(sorted: readonly number[]): Curve {
  if (sorted.length === 0) return [];
  const nines = Math.log10(sorted.length);
  const points = 300;
  return Array.from({ length: points }, (_, i) => {
    const share = 1 - 10 ** ((-nines * i) / (points - 1));
    return [share, sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!];
  });
}
