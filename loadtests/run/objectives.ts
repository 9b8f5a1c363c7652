// Judges a run against the objectives: the same targets that alerts use, on what this run's callers saw. Pure.
import type { Availability } from '../probes/health.ts';
import type { Folded } from './fold.ts';

/** The part of an objective that a run is judged by. */
export interface Target {
  name: string;
  displayName?: string;
  indicator: 'availability' | 'latency' | 'errors';
  /** Share that must be good, for example 0.995. */
  target: number;
  /** Latency only: an answer within this time is good. */
  thresholdSeconds?: number;
}

export interface Judged {
  name: string;
  displayName: string;
  indicator: Target['indicator'];
  target: number;
  thresholdSeconds?: number;
  /** Share that was good; undefined when nothing was seen. */
  value?: number;
  good: number;
  total: number;
  met: boolean;
}

/**
 * Good share per objective: latency by response time from the planned start (an unanswered request is never good),
 * errors by requests that succeeded, availability by slices of the health probe.
 * An objective that nothing was seen of is left out: a run without the health probe has no availability.
 */
export function judgeObjectives(folded: Folded, objectives: Target[], availability?: Availability): Judged[] {
  return objectives.flatMap((objective) => {
    const [good, total] = countsOf(folded, objective, availability);
    if (total === 0) return [];
    const { name, displayName = name, indicator, target, thresholdSeconds } = objective;
    const value = good / total;
    const judged: Judged = { name, displayName, indicator, target, value, good, total, met: value >= target };
    return [thresholdSeconds === undefined ? judged : { ...judged, thresholdSeconds }];
  });
}

function countsOf(
  { total }: Folded,
  { indicator, thresholdSeconds }: Target,
  availability: Availability | undefined,
): [good: number, total: number] {
  switch (indicator) {
    case 'availability':
      return availability ? [availability.up, availability.slices] : [0, 0];
    case 'errors':
      return [total.planned - total.errors, total.planned];
    case 'latency':
      return [Math.round(total.response.shareAtMost((thresholdSeconds ?? 0) * 1000) * total.planned), total.planned];
  }
}
