// What a run says of its course: did it recover after each spike, did anything grow while the load was held? Pure.
import type { Phase } from '../workload/plan.ts';
import type { Folded } from './fold.ts';
import { Histogram } from './histogram.ts';
import { type Level, type Recovery, recoveryOf, steadyLimit } from './recovery.ts';
import { MEMORY_PANEL, type ServerSide } from './server/watch.ts';
import { type Slope, slopeOf } from './slope.ts';
import type { Window } from './windows.ts';

export interface PhaseRecovery extends Recovery {
  phase: string;
  quantile: number;
  /** Where the limit comes from: the steady band of that phase, or one that the scenario names. */
  from: string;
}

export interface PhaseSlope extends Slope {
  phase: string;
  /** `response p95`, or `memory of NAME`. */
  of: string;
  unit: 'ms' | 'MiB';
}

export interface Course {
  recoveries: PhaseRecovery[];
  slopes: PhaseSlope[];
}

const QUANTILE = 0.95;

/** Windows that lie whole in a phase. */
export const windowsIn = ({ windows }: Folded, { fromMs, toMs }: Pick<Phase, 'fromMs' | 'toMs'>): Window[] =>
  windows.list.filter(({ startMs }) => startMs >= fromMs && startMs + windows.widthMs <= toMs);

const levelsOf = (list: readonly Window[], q: number): Level[] =>
  list.map(({ startMs, response }) => ({ startMs, ms: response.quantile(q) }));

/**
 * Recovery after a phase of kind `recover`: the limit is given, or it is the steady band of the first hold before it.
 * Undefined when there is neither.
 */
export function recoveryIn(
  folded: Folded,
  name: string,
  quantile: number,
  givenMs?: number,
): PhaseRecovery | undefined {
  const phase = folded.phases.find((one) => one.phase.name === name)?.phase;
  if (!phase) return undefined;
  const steady = folded.phases.find((one) => one.phase.kind === 'hold' && one.phase.toMs <= phase.fromMs)?.phase;
  const limitMs = givenMs ?? (steady && steadyLimit(levelsOf(windowsIn(folded, steady), quantile)));
  if (limitMs === undefined) return undefined;
  const from = givenMs === undefined ? `the steady band of ${steady!.name}` : 'the scenario';
  const recovery = recoveryOf(levelsOf(windowsIn(folded, phase), quantile), phase.fromMs, limitMs);
  return { phase: name, quantile, from, ...recovery };
}

/** Every recover phase at its p95, and the slopes of every hold that is long enough for one. */
export function courseOf(folded: Folded, server: ServerSide): Course {
  const phases = folded.phases.map(({ phase }) => phase);
  const recovering = phases.filter(({ kind }) => kind === 'recover');
  return {
    recoveries: recovering.flatMap(({ name }) => recoveryIn(folded, name, QUANTILE) ?? []),
    slopes: phases.filter(({ kind }) => kind === 'hold').flatMap((phase) => slopesIn(folded, server, phase)),
  };
}

function slopesIn(folded: Folded, server: ServerSide, phase: Phase): PhaseSlope[] {
  const named = (of: string, unit: PhaseSlope['unit'], slope: Slope | undefined) =>
    slope ? [{ phase: phase.name, of, unit, ...slope }] : [];
  const p95 = windowsIn(folded, phase).map(({ startMs, response }) => ({
    atMs: startMs,
    value: response.quantile(QUANTILE) ?? Number.NaN,
  }));
  const memory = server.panels.find(({ title }) => title === MEMORY_PANEL)?.lines ?? [];
  return [
    ...named('response p95', 'ms', slopeOf(p95)),
    ...memory.flatMap(({ name, values }) => {
      const readings = server.atMs.map((atMs, i) => ({ atMs, value: values[i] ?? Number.NaN }));
      const within = readings.filter(({ atMs }) => atMs >= phase.fromMs && atMs < phase.toMs);
      return named(`memory of ${name}`, 'MiB', slopeOf(within));
    }),
  ];
}

/**
 * The highest quantile over any stretch of windows of this length in a phase, and where it begins.
 * Undefined when no stretch has enough requests for the quantile (`beyond` of them must lie above it).
 */
export function worstStretch(
  folded: Folded,
  phase: Phase,
  { quantile, overMs, beyond }: { quantile: number; overMs: number; beyond: number },
): { ms: number; atMs: number } | undefined {
  const list = windowsIn(folded, phase);
  const length = Math.max(1, Math.round(overMs / folded.windows.widthMs));
  let worst: { ms: number; atMs: number } | undefined;
  for (let first = 0; first + length <= list.length; first++) {
    const merged = new Histogram();
    for (const { response } of list.slice(first, first + length)) merged.merge(response);
    const ms = merged.count * (1 - quantile) >= beyond - 1e-9 ? merged.quantile(quantile) : undefined;
    if (ms !== undefined && (worst === undefined || ms > worst.ms)) worst = { ms, atMs: list[first]!.startMs };
  }
  return worst;
}

/** The highest share of errors over any stretch of this length; undefined without a request. */
export function worstErrors(folded: Folded, phase: Phase, overMs: number): { share: number; atMs: number } | undefined {
  const list = windowsIn(folded, phase);
  const length = Math.max(1, Math.round(overMs / folded.windows.widthMs));
  let worst: { share: number; atMs: number } | undefined;
  for (let first = 0; first + length <= list.length; first++) {
    const stretch = list.slice(first, first + length);
    const planned = stretch.reduce((sum, window) => sum + window.planned, 0);
    const share = stretch.reduce((sum, window) => sum + window.errors, 0) / planned;
    if (planned > 0 && (worst === undefined || share > worst.share)) worst = { share, atMs: list[first]!.startMs };
  }
  return worst;
}
