// What a scenario demands of each of its phases, and whether a run kept it. Limits and folded samples in, judgements out. Pure.
import { z } from 'zod';
import { type Course, recoveryIn, worstErrors, worstStretch } from './course.ts';
import type { Folded, PhaseFold, StepFold } from './fold.ts';

const phase = z.string().min(1);
const quantile = z.number().gt(0).lt(1);
const overSeconds = z.number().positive().optional();

/** With `overSeconds` a limit holds for every stretch of that length in the phase, otherwise for the phase as a whole. */
export const phaseLimit = z.discriminatedUnion('of', [
  z.strictObject({ of: z.literal('response'), phase, quantile, atMostMs: z.number().positive(), overSeconds }),
  z.strictObject({ of: z.literal('service'), phase, quantile, atMostMs: z.number().positive() }),
  z.strictObject({ of: z.literal('errors'), phase, atMostShare: z.number().min(0).max(1), overSeconds }),
  /** Time to recover; without `atMostMs` until the quantile is back in the steady band of the hold before. */
  z.strictObject({
    of: z.literal('recovery'),
    phase,
    quantile,
    withinSeconds: z.number().positive(),
    atMostMs: z.number().positive().optional(),
  }),
  /** Growth of the p95 or of a process' memory, in percent of its mean per hour: missed when the whole interval lies above. */
  z.strictObject({ of: z.literal('p95-slope'), phase, atMostPercentPerHour: z.number() }),
  z.strictObject({ of: z.literal('memory-slope'), phase, process: z.string(), atMostPercentPerHour: z.number() }),
]);

export type PhaseLimit = z.infer<typeof phaseLimit>;

export interface JudgedLimit {
  phase: string;
  /** In words, with its unit. */
  what: string;
  unit: 'ms' | 'share' | 's' | '%/h';
  limit: number;
  /** What was seen; null when it could not be judged. Infinity, for requests without an answer, is 'never'. */
  value: number | 'never' | null;
  /** Where the worst stretch begins, from the start of the plan. */
  atMs?: number;
  met: boolean;
  /** Why it could not be judged. */
  why?: string;
}

type Found = { value: number; atMs?: number } | { why: string };

const percentile = (q: number) => `p${+(q * 100).toFixed(3)}`;
const stretch = (seconds: number | undefined) => (seconds === undefined ? '' : ` over any ${seconds} s`);
const FEW = 'too few requests for this percentile: run longer or at a higher rate';

/**
 * Judges every limit. A limit that cannot be judged is not met, says why, and makes the run INVALID (validity.ts).
 * @param beyond how many requests must lie above a percentile before it is judged
 */
export function judgeLimits(
  limits: readonly PhaseLimit[],
  folded: Folded,
  course: Course,
  beyond: number,
): JudgedLimit[] {
  return limits.map((limit) => {
    const { what, unit, most } = wordsOf(limit);
    const common = { phase: limit.phase, what, unit, limit: most };
    const fold = folded.phases.find((one) => one.phase.name === limit.phase);
    const found: Found = fold
      ? figureOf(limit, fold, folded, course, beyond)
      : { why: 'the run never came to this phase' };
    if ('why' in found) return { ...common, value: null, met: false, why: found.why };
    const { value, atMs } = found;
    const told = value === Number.POSITIVE_INFINITY ? 'never' : value;
    return { ...common, value: told, met: value <= most, ...(atMs !== undefined && { atMs }) };
  });
}

function wordsOf(limit: PhaseLimit): { what: string; unit: JudgedLimit['unit']; most: number } {
  switch (limit.of) {
    case 'response':
    case 'service': {
      const over = limit.of === 'response' ? stretch(limit.overSeconds) : '';
      return { what: `${limit.of} ${percentile(limit.quantile)}${over}`, unit: 'ms', most: limit.atMostMs };
    }
    case 'errors':
      return { what: `errors${stretch(limit.overSeconds)}`, unit: 'share', most: limit.atMostShare };
    case 'recovery':
      return { what: `time to recover, ${percentile(limit.quantile)}`, unit: 's', most: limit.withinSeconds };
    case 'p95-slope':
      return { what: 'growth of response p95', unit: '%/h', most: limit.atMostPercentPerHour };
    case 'memory-slope':
      return { what: `growth of memory of ${limit.process}`, unit: '%/h', most: limit.atMostPercentPerHour };
  }
}

function figureOf(limit: PhaseLimit, fold: PhaseFold, folded: Folded, course: Course, beyond: number): Found {
  switch (limit.of) {
    case 'response': {
      if (limit.overSeconds === undefined) return ofPhase(fold.total, limit.of, limit.quantile, beyond);
      const overMs = limit.overSeconds * 1000;
      const worst = worstStretch(folded, fold.phase, { quantile: limit.quantile, overMs, beyond });
      return worst ? { value: worst.ms, atMs: worst.atMs } : { why: FEW };
    }
    case 'service':
      return ofPhase(fold.total, limit.of, limit.quantile, beyond);
    case 'errors': {
      const whole = { share: fold.total.errors / fold.total.planned, atMs: undefined };
      const overMs = limit.overSeconds === undefined ? undefined : limit.overSeconds * 1000;
      const worst = overMs === undefined ? whole : worstErrors(folded, fold.phase, overMs);
      if (!worst || fold.total.planned === 0) return { why: 'no requests' };
      return { value: worst.share, ...(worst.atMs !== undefined && { atMs: worst.atMs }) };
    }
    case 'recovery': {
      const recovery = recoveryIn(folded, limit.phase, limit.quantile, limit.atMostMs);
      if (!recovery) return { why: 'there is no steady hold before it to compare with, and no atMostMs' };
      return { value: recovery.afterMs === undefined ? Number.POSITIVE_INFINITY : recovery.afterMs / 1000 };
    }
    case 'p95-slope':
      return growth(course, limit.phase, 'response p95');
    case 'memory-slope':
      return growth(course, limit.phase, `memory of ${limit.process}`);
  }
}

function ofPhase(total: StepFold, of: 'response' | 'service', q: number, beyond: number): Found {
  const enough = total[of].count * (1 - q) >= beyond - 1e-9;
  return enough ? { value: total[of].quantile(q)! } : { why: FEW };
}

/** The lower end of the interval: growth that is beyond doubt. */
function growth({ slopes }: Course, name: string, of: string): Found {
  const slope = slopes.find((one) => one.phase === name && one.of === of);
  return slope ? { value: (slope.lower / slope.mean) * 100 } : { why: `too few readings of ${of}` };
}
