// Confirmation of a REGRESSION that only response times tell: the arms take turns. Pure but for `carryOutConfirmation`.
import type { Plan } from '../../loadtests/workload/plan.ts';
import type { Decision, Effect } from './decide.ts';
import { CONFIRM } from './defaults.ts';
import { latencyOf } from './latency.ts';
import { carryOutTurns, type PairOptions } from './pair.ts';
import type { ArmName, Request, TurnSamples } from './stalls.ts';
import { logRatio, mean, standardDeviation, toRatio } from './statistics.ts';

/** Log ratios of head against base in one slice of time of each, carrying out the same arrivals. */
export type Slice = Record<'response-p95' | 'response-typical', number>;

export interface Confirmation {
  confirmed: boolean;
  /** Each slower metric: effect side by side and taking turns, as ratios, and the standard error of the log ratio by turns. */
  metrics: { metric: Effect['metric']; label: string; claimed: number; byTurns: number; error: number }[];
  slices: Slice[];
}

/**
 * Side by side both arms use the same cores at the same time. A head can then be slower because of what base does (a base that takes more
 * threads, a head that yields more), and that is no fault of the head. CPU, allocation and counters are what the
 * processes themselves used: the neighbour does not change them by 2.5 %, so they need no confirmation; nor do errors.
 */
export function needsConfirmation(decision: Decision): boolean {
  const slower = decision.effects.filter((effect) => effect.judgement === 'slower');
  return (
    decision.verdict === 'REGRESSION' &&
    !decision.isByErrors &&
    slower.every((effect) => effect.metric === 'response-p95' || effect.metric === 'response-typical')
  );
}

/**
 * A claim is refuted by turns that show surely less than half of it: an estimate so far below half that a slowdown of half
 * the claim gives it once in ten times. Turns scatter much more than pairs when the neighbours are busy (sd 55 % against
 * 7 % in a pilot), so turns that cannot tell leave standing what the pairs have shown. Half, because decisions after a few pairs overstate.
 */
export function confirms(effects: readonly Effect[], slices: Slice[]): Confirmation {
  const metrics = effects.flatMap((effect) => {
    const { metric, label, judgement, estimate } = effect;
    if (judgement !== 'slower' || (metric !== 'response-p95' && metric !== 'response-typical')) return [];
    const kept = trimmed(slices.map((slice) => slice[metric]));
    const error = standardDeviation(kept) / Math.sqrt(kept.length);
    return [{ metric, label, claimed: estimate, byTurns: toRatio(mean(kept)), error }];
  });
  const isRefuted = ({ claimed, byTurns, error }: Confirmation['metrics'][number]) =>
    Math.log1p(byTurns) + ONCE_IN_TEN * error < Math.log1p(claimed) / 2;
  return { confirmed: !metrics.every(isRefuted), metrics, slices };
}

/** Standard normal quantile 0.9. */
const ONCE_IN_TEN = 1.2816;

/**
 * Plans in which only one arm has load at a time. The measured part of the plan is cut into slices; base carries out slice k while head is
 * idle, then head the same slice while base is idle, in the order base head, head base, base head ... so that a drift cancels:
 *
 *   base  0   .   .   1   2   .   .   3
 *   head  .   0   1   .   .   2   3   .      (each with a gap before the next one)
 */
export function plansByTurns(plan: Plan): Record<ArmName, Plan> {
  const { sliceMs, gapMs } = CONFIRM;
  const { warmUpMs, phases: _, ...rest } = plan;
  const slices = slicesIn(plan);
  const stepMs = sliceMs + gapMs;
  const planOf = (arm: ArmName): Plan => {
    const arrivals = plan.arrivals.flatMap((arrival) => {
      const sinceMs = arrival.atMs - warmUpMs;
      if (sinceMs < 0) return [arrival];
      const slice = Math.floor(sinceMs / sliceMs);
      if (slice >= slices) return [];
      const turn = 2 * slice + (isFirst(arm, slice) ? 0 : 1);
      return [{ ...arrival, atMs: warmUpMs + turn * stepMs + (sinceMs % sliceMs) }];
    });
    return { ...rest, warmUpMs, durationMs: warmUpMs + 2 * slices * stepMs, arrivals };
  };
  return { base: planOf('base'), head: planOf('head') };
}

const isFirst = (arm: ArmName, slice: number) => (slice % 2 === 0) === (arm === 'base');

const slicesIn = (plan: Plan) => Math.floor((plan.durationMs - plan.warmUpMs) / CONFIRM.sliceMs);

/** Log ratios of each slice that both arms carried out of `plansByTurns(plan)`. */
export function slicesOf(turns: Record<ArmName, TurnSamples>, plan: Plan): Slice[] {
  const { sliceMs, gapMs } = CONFIRM;
  const inSlice = (arm: ArmName, slice: number) => {
    const fromMs = plan.warmUpMs + (2 * slice + (isFirst(arm, slice) ? 0 : 1)) * (sliceMs + gapMs);
    return turns[arm].samples.filter(({ plannedMs }: Request) => plannedMs >= fromMs && plannedMs < fromMs + sliceMs);
  };
  return Array.from({ length: slicesIn(plan) }, (_, slice) => slice).flatMap((slice): Slice[] => {
    const [base, head] = (['base', 'head'] as const).map((arm) => {
      const requests = inSlice(arm, slice);
      return requests.length === 0 ? undefined : latencyOf({ ...turns[arm], planned: 0 }, requests);
    });
    if (!base || !head) return [];
    return [
      {
        'response-p95': logRatio(base.responseP95Ms, head.responseP95Ms),
        'response-typical': logRatio(base.responseTypicalMs, head.responseTypicalMs),
      },
    ];
  });
}

/** Carries out one confirmation on a start of both arms. `invalid` says why it cannot be trusted. */
export async function carryOutConfirmation(
  options: Omit<PairOptions, 'plan'> & { plan: Plan },
): Promise<{ slices: Slice[]; invalid: string[] }> {
  const { base, head } = await carryOutTurns({ ...options, plan: plansByTurns(options.plan), staggerMs: 0 });
  const invalid = [...base.invalid.map((why) => `base: ${why}`), ...head.invalid.map((why) => `head: ${why}`)];
  return { slices: slicesOf({ base: base.samples, head: head.samples }, options.plan), invalid };
}

/** Without the lowest and the highest tenth: a stall of the machine hits the arm whose turn it is. */
function trimmed(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  const cut = Math.floor(sorted.length / 10);
  return sorted.slice(cut, sorted.length - cut);
}
