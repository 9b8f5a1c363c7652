// The one object that every report is made of: what was compared, by which rule, what came out, and every raw value.
import { EXIT, type ExitCode } from '../../cli/exit.ts';
import type { Audit } from '../../loadtests/probes/audit.ts';
import type { Accepted } from '../accept/accept.ts';
import type { Counted } from '../counters/result.ts';
import type { Confirmation } from './confirm.ts';
import type { Effect, Rule, Verdict } from './decide.ts';
import type { Pair } from './metrics.ts';
import type { Placebo } from './placebo.ts';
import type { ShiftRow, StepRow } from './shift.ts';

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

/** EXPIRED: nothing is slower, but an entry of ci/accepted.yaml is past its day. */
export type GateVerdict = Verdict | 'OBJECTIVE MISSED' | 'EXPIRED';

export interface GateResult {
  schema: 'amsperf/gate/v2';
  /** `pairs`: head against base. `smoke`: head against the objectives only. `counters`: only the counters decided or were asked. */
  kind: 'pairs' | 'smoke' | 'counters';
  verdict: GateVerdict;
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
  /** What was counted on a fixed replay before the pairs; null when nothing was. */
  counters: Counted | null;
  /** The entries of ci/accepted.yaml and what became of them. */
  accepted: Accepted[];
  /** Where in the distribution it got slower, and in which journey step. */
  shift: ShiftRow[];
  steps: StepRow[];
  /** What the same build against itself would have shown; null with fewer than 4 pairs. */
  placebo: Placebo | null;
  /** null when nothing had to be confirmed by turns. */
  confirmation: Confirmation | null;
  /** Whether all that head acknowledged was published and projected; null when nothing was audited. */
  audit: Audit | null;
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
 * The exit code that a verdict, the objectives and ci/accepted.yaml give together. INVALID says nothing else; a regression
 * comes before a missed objective, because it names what this change did; both before PASS and INCONCLUSIVE.
 */
export function conclude(
  verdict: Verdict,
  objectives: readonly ObjectiveRow[],
  { isExpired = false } = {},
): Pick<GateResult, 'verdict' | 'exitCode'> {
  if (verdict === 'INVALID') return { verdict, exitCode: EXIT.invalid };
  if (verdict === 'REGRESSION') return { verdict, exitCode: EXIT.regression };
  if (isExpired) return { verdict: 'EXPIRED', exitCode: EXIT.regression };
  if (objectives.some((objective) => !objective.met)) return { verdict: 'OBJECTIVE MISSED', exitCode: EXIT.objective };
  return verdict === 'PASS' ? { verdict, exitCode: EXIT.pass } : { verdict, exitCode: EXIT.inconclusive };
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
