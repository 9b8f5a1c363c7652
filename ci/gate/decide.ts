// The rule: pairs so far in, a verdict or "go on" out. Pure.
import { ERRORS } from './defaults.ts';
import { type Effect, effectsOf, looksOf, type Rule } from './effect.ts';
import type { ArmTurn, Pair } from './metrics.ts';
import { errorsOf, whyOpen, whySlower, whyWithin } from './words.ts';

export type { Effect, Rule } from './effect.ts';
export { percent } from './words.ts';

export type Verdict = 'PASS' | 'REGRESSION' | 'INCONCLUSIVE' | 'INVALID';

export interface Decision {
  /** null: go on with another pair. */
  verdict: Verdict | null;
  why: string[];
  effects: Effect[];
  /** REGRESSION because head fails its requests, whatever its times. */
  isByErrors: boolean;
}

/**
 * Decides after each pair. The lower bound is at the level that REGRESSION may err with at this look, the upper bound at
 * the level that PASS may err with:
 *
 *               0     minimum  tolerance
 *               |      effect     |
 *      [--------|--x-----|----]   |         PASS: of every primary metric the upper bound is below its tolerance
 *               |  [-----|-x------|---]     REGRESSION: of one primary metric the lower bound is above 0, the estimate at least the minimum effect
 *      [--------|----x---|--------|---]     neither: another pair; at the cap INCONCLUSIVE
 *
 * False alarms: `RULE.falseAlarm` is spread over the looks, and within a look over the primary metrics (Holm).
 * False passes: every primary metric has to pass, so `RULE.falsePass` is only spread over the looks that may pass (Pocock). The upper bound
 * may also not lie further from the estimate than the tolerance: scatter alone passes nothing.
 * Errors come first: a head that fails more of its requests than base in most of the pairs is a REGRESSION whatever its times,
 * and one that does so in a few pairs is not passed. (A pair whose base fails is not trusted and never comes here.)
 * @param isLast no further pair can be had (the time is up): this look is the last one, and all that is left may be spent
 */
export function decide(pairs: readonly Pair[], rule: Rule, { isLast = false } = {}): Decision {
  const looks = looksOf(pairs.length, rule, isLast);
  const effects = effectsOf(pairs, rule, looks);
  const rest = { effects, isByErrors: false };
  const failing = pairs.filter((pair) => isFailing(pair.head, pair.base));
  const whyFailing =
    failing.length === 0 ? [] : [`${errorsOf(pairs)}, more than base in ${failing.length} of ${pairs.length} pairs`];
  if (isPlainlyFailing(pairs)) return { verdict: 'REGRESSION', why: whyFailing, effects, isByErrors: true };
  if (!looks.includes(pairs.length)) return { verdict: null, why: [], ...rest };
  if (failing.length > pairs.length / 2) {
    return { verdict: 'REGRESSION', why: whyFailing, effects, isByErrors: true };
  }

  const primary = effects.filter((effect) => effect.judgement !== 'not judged');
  const slower = primary.filter((effect) => effect.judgement === 'slower');
  if (slower.length > 0) return { verdict: 'REGRESSION', why: [...slower.map(whySlower), ...whyFailing], ...rest };
  const open = primary.filter((effect) => effect.judgement === 'open');
  if (open.length === 0 && failing.length === 0) return { verdict: 'PASS', why: primary.map(whyWithin), ...rest };
  if (pairs.length < looks.at(-1)!) return { verdict: null, why: [], ...rest };
  return { verdict: 'INCONCLUSIVE', why: [...whyFailing, ...open.map(whyOpen)], ...rest };
}

/** Whether an arm failed more of its requests than another (or than none), by more than an accident. */
export function isFailing(
  arm: ArmTurn,
  than: Pick<ArmTurn, 'errors' | 'planned'> = { errors: 0, planned: 1 },
  excessRatio: number = ERRORS.excessRatio,
): boolean {
  const ratio = ({ errors, planned }: Pick<ArmTurn, 'errors' | 'planned'>) => (planned === 0 ? 0 : errors / planned);
  return arm.errors >= ERRORS.minimumCount && ratio(arm) > ratio(than) + excessRatio;
}

/** So many errors in every pair that nobody needs a fourth one. */
function isPlainlyFailing(pairs: readonly Pair[]): boolean {
  const { pairs: enough, excessRatio } = ERRORS.plain;
  return pairs.length >= enough && pairs.every((pair) => isFailing(pair.head, pair.base, excessRatio));
}
