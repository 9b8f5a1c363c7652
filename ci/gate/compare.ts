// Pair after pair until the rule decides, the cap is reached, the time is up, or the machine shows that it cannot measure.
import path from 'node:path';
import { cutPlan } from '../../loadtests/workload/plan.ts';
import { anotherFits } from './budget.ts';
import { type Confirmation, carryOutConfirmation, confirms, needsConfirmation } from './confirm.ts';
import { type Decision, decide, type Rule, type Verdict } from './decide.ts';
import { REPEATS } from './defaults.ts';
import type { Load } from './load.ts';
import type { Pair } from './metrics.ts';
import { carryOutPair, carryOutTurns, type PairOptions } from './pair.ts';
import type { ArmName } from './stalls.ts';
import type { Turn } from './turn.ts';
import { soFar, whyNotConfirmed } from './words.ts';

export interface Comparison {
  verdict: Verdict;
  why: string[];
  effects: Decision['effects'];
  pairs: Pair[];
  turns: Record<ArmName, Turn[]>;
  /** Pairs that were repeated, each with the reason. */
  repeated: string[];
  /** null when no REGRESSION by response times alone asked for one. */
  confirmation: Confirmation | null;
}

export interface CompareOptions extends Load {
  arms: PairOptions['arms'];
  rule: Rule;
  /** When the verdict has to be there, on the clock of `performance.now`. */
  deadlineMs: number;
  /** Told after every pair, for what must survive an interruption. */
  onPair(pairs: readonly Pair[]): Promise<void>;
}

/**
 * Carries out the comparison. A pair that cannot be trusted (a generator not VALID, a base that fails its requests) is
 * repeated, REPEATS times in all; then the verdict is INVALID.
 */
export async function compare(options: CompareOptions): Promise<Comparison> {
  const { rule, progress } = options;
  const pairs: Pair[] = [];
  const turns: Comparison['turns'] = { base: [], head: [] };
  const repeated: string[] = [];
  const measured = { pairs, turns, repeated, confirmation: null };
  let longestMs = 0;
  await rehearse(options);
  for (;;) {
    const attempt = 1 + pairs.length + repeated.length;
    const label = `pair ${pairs.length + 1} of at most ${rule.pairCap}`;
    progress.tick(`${label}: starting both arms`);
    const begunMs = performance.now();
    const done = await carryOutPair({ ...optionsOf(options, attempt, label), index: pairs.length });
    longestMs = Math.max(longestMs, performance.now() - begunMs);
    const fits = anotherFits(options.deadlineMs - performance.now(), longestMs);
    if (done.invalid.length > 0) {
      const why = `pair ${pairs.length + 1}: ${done.invalid.join('; ')}`;
      repeated.push(why);
      const isGivenUp = repeated.length > REPEATS || !fits;
      progress.note(`${label} INVALID, ${isGivenUp ? 'given up' : 'repeated'}: ${done.invalid.join('; ')}`);
      if (!isGivenUp) continue;
      const trusted = decide(pairs, rule).effects;
      const whyAll = [`${repeated.length} pairs could not be trusted`, ...repeated];
      return { ...measured, verdict: 'INVALID', why: whyAll, effects: trusted };
    }
    pairs.push(done.pair);
    for (const name of ['base', 'head'] as const) turns[name].push(done[name]);
    await options.onPair(pairs);
    progress.note(`${label}: ${soFar(pairs)}`);
    const decision = decide(pairs, rule, { isLast: !fits });
    const { verdict, why, effects } = decision;
    if (!verdict) continue;
    if (!needsConfirmation(decision)) return { ...measured, verdict, why, effects };
    return { ...measured, ...(await confirmed(decision, options, attempt + 1)) };
  }
}

/** A REGRESSION by response times after the arms have taken turns: it stands, or nobody can tell. */
async function confirmed(
  { effects, why }: Decision,
  options: CompareOptions,
  attempt: number,
): Promise<Pick<Comparison, 'verdict' | 'why' | 'effects' | 'confirmation'>> {
  options.progress.step('slower by response times: the arms take turns to confirm it');
  const plan = options.turnsPlanOf(attempt);
  const { slices, invalid } = await carryOutConfirmation({ ...optionsOf(options, attempt, 'taking turns'), plan });
  if (invalid.length > 0) {
    const open = `the turns that should have confirmed it could not be trusted: ${invalid.join('; ')}`;
    return { verdict: 'INCONCLUSIVE', why: [...why, open], effects, confirmation: null };
  }
  const confirmation = confirms(effects, slices);
  if (confirmation.confirmed) return { verdict: 'REGRESSION', why, effects, confirmation };
  return { verdict: 'INCONCLUSIVE', why: whyNotConfirmed(confirmation), effects, confirmation };
}

/**
 * The warm-up of a plan, not counted: the first load after seeding meets databases that grow their files and gather their
 * first statistics, one arm a little before the other, and its p95 differed by 15 % between equal builds.
 */
export async function rehearse(options: Load & Pick<CompareOptions, 'arms'>): Promise<void> {
  const plan = options.planOf(0);
  await carryOutTurns({ ...optionsOf(options, 0, 'rehearsal'), plan: cutPlan(plan, plan.warmUpMs) });
}

function optionsOf(options: Load & Pick<CompareOptions, 'arms'>, attempt: number, label: string): PairOptions {
  const { arms, k6, limits, signal, progress } = options;
  signal.throwIfAborted();
  return {
    index: attempt,
    arms,
    plan: options.planOf(attempt),
    lag: options.lagOf(attempt),
    k6,
    limits,
    dir: path.join(options.dir, `attempt-${attempt}`),
    signal,
    onProgress: (count, planned) => progress.tick(`${label}: ${count} of ${planned} requests an arm`),
  };
}
