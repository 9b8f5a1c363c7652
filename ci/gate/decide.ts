// The rule: pairs so far in, a verdict or "go on" out. Pure.
import { ERRORS, RULE } from './defaults.ts';
import { type ArmTurn, METRICS, type Metric, type Pair } from './metrics.ts';
import {
  bounds,
  logRatio,
  looksUpTo,
  mean,
  minimumDetectableEffect,
  spendingShares,
  standardDeviation,
  toRatio,
} from './statistics.ts';

/** What the user may choose of the rule. */
export interface Rule {
  /** Effect as a ratio: 0.1 is 10 % slower. */
  tolerance: number;
  pairCap: number;
}

/** Effect of head against base on one metric, all as ratios (0.1 = 10 % more); null with fewer than 2 pairs. */
export interface Effect {
  metric: Metric['name'];
  base: number;
  head: number;
  /** Exponential of the mean log ratio, minus one. */
  estimate: number;
  lower: number | null;
  upper: number | null;
  /** Scatter of the pairs: standard deviation of the log ratios. */
  scatter: number | null;
  /** Smallest slowdown whose interval would have excluded zero with power 0.9. */
  detectable: number | null;
  judgement: 'slower' | 'within tolerance' | 'open' | 'not judged';
}

export type Verdict = 'PASS' | 'REGRESSION' | 'INCONCLUSIVE' | 'INVALID';

export interface Decision {
  /** null: go on with another pair. */
  verdict: Verdict | null;
  why: string[];
  effects: Effect[];
}

/**
 * Decides after each pair. The lower bound is at the level that REGRESSION may err with at this look, the upper bound at
 * the level that PASS may err with:
 *
 *               0       +5 %     +10 % = tolerance
 *               |        |        |
 *      [--------|--x-----|----]   |         PASS: of every primary metric the upper bound is below the tolerance
 *               |  [-----|-x------|---]     REGRESSION: of one primary metric the lower bound is above 0, the estimate at least 5 %
 *      [--------|----x---|--------|---]     neither: another pair; at the cap INCONCLUSIVE
 *
 * PASS also asks that the smallest effect these pairs could have seen is not above the tolerance.
 * False alarms: `RULE.falseAlarm` is halved over the two primary metrics (Bonferroni) and spread over the looks.
 * False passes: every primary metric has to pass, so `RULE.falsePass` is only spread over the looks that may pass.
 * Errors come first: a head that fails more of its requests than base in most of the pairs is a REGRESSION whatever its times,
 * and one that does so in a few pairs is not passed. (A pair whose base fails is not trusted and never comes here.)
 */
export function decide(pairs: readonly Pair[], rule: Rule): Decision {
  const looks = looksUpTo(rule.pairCap, RULE.looks, RULE.laterLookEvery);
  const effects = pairs.length === 0 ? [] : METRICS.map((metric) => effectOf(metric, pairs, rule, looks));
  if (!looks.includes(pairs.length)) return { verdict: null, why: [], effects };

  const failing = pairs.filter((pair) => isFailing(pair.head, pair.base));
  const whyFailing =
    failing.length === 0 ? [] : [`${errorsOf(pairs)}, more than base in ${failing.length} of ${pairs.length} pairs`];
  if (failing.length > pairs.length / 2) return { verdict: 'REGRESSION', why: whyFailing, effects };

  const primary = effects.filter((effect) => effect.judgement !== 'not judged');
  const slower = primary.filter((effect) => effect.judgement === 'slower');
  if (slower.length > 0) return { verdict: 'REGRESSION', why: [...slower.map(whySlower), ...whyFailing], effects };
  const open = primary.filter((effect) => effect.judgement === 'open');
  if (open.length === 0 && failing.length === 0) {
    return { verdict: 'PASS', why: primary.map((effect) => whyWithin(effect, rule)), effects };
  }
  if (pairs.length < rule.pairCap) return { verdict: null, why: [], effects };
  return { verdict: 'INCONCLUSIVE', why: [...whyFailing, ...open.map((effect) => whyOpen(effect, rule))], effects };
}

/** Whether an arm failed more of its requests than another (or than none), by more than an accident. */
export function isFailing(
  arm: ArmTurn,
  than: Pick<ArmTurn, 'errors' | 'planned'> = { errors: 0, planned: 1 },
): boolean {
  const ratio = ({ errors, planned }: Pick<ArmTurn, 'errors' | 'planned'>) => (planned === 0 ? 0 : errors / planned);
  return arm.errors >= ERRORS.minimumCount && ratio(arm) > ratio(than) + ERRORS.excessRatio;
}

function effectOf(metric: Metric, pairs: readonly Pair[], rule: Rule, looks: readonly number[]): Effect {
  const logs = pairs.map((pair) => logRatio(metric.of(pair.base), metric.of(pair.head)));
  const shown = {
    metric: metric.name,
    base: Math.exp(mean(pairs.map((pair) => Math.log(metric.of(pair.base))))),
    head: Math.exp(mean(pairs.map((pair) => Math.log(metric.of(pair.head))))),
    estimate: toRatio(mean(logs)),
  };
  const judgement = metric.primary ? 'open' : 'not judged';
  if (pairs.length < 2) return { ...shown, lower: null, upper: null, scatter: null, detectable: null, judgement };

  const passLooks = looks.filter((look) => look >= RULE.firstPass || look === rule.pairCap);
  const primaries = METRICS.filter((each) => each.primary).length;
  const passLevel = RULE.falsePass * shareAt(pairs.length, passLooks);
  const alarmLevel = (RULE.falseAlarm / primaries) * shareAt(pairs.length, looks);
  const log = bounds(logs, { below: alarmLevel, above: passLevel });
  const effect: Effect & { upper: number; detectable: number } = {
    ...shown,
    lower: toRatio(log.lower),
    upper: toRatio(log.upper),
    scatter: standardDeviation(logs),
    detectable: toRatio(minimumDetectableEffect(logs, passLevel, RULE.power)),
    judgement,
  };
  if (!metric.primary) return effect;
  if (log.lower > 0 && effect.estimate >= RULE.minimumEffect) return { ...effect, judgement: 'slower' };
  const mayPass = passLooks.includes(pairs.length);
  if (mayPass && effect.upper < rule.tolerance && effect.detectable <= rule.tolerance) {
    return { ...effect, judgement: 'within tolerance' };
  }
  return effect;
}

/** Part of an error chance that belongs to the look at so many pairs; between looks that of the next one. */
function shareAt(pairs: number, looks: readonly number[]): number {
  return spendingShares(looks, RULE.spending)[looks.findIndex((look) => look >= pairs)]!;
}

function errorsOf(pairs: readonly Pair[]): string {
  const sum = (count: (turn: ArmTurn) => number) => pairs.reduce((total, pair) => total + count(pair.head), 0);
  const [errors, planned] = [sum((turn) => turn.errors), sum((turn) => turn.planned)];
  return `head failed ${errors} of ${planned} requests (${((errors / planned) * 100).toFixed(1)} %)`;
}

/** "+12.3 %" of 0.123. */
export function percent(ratio: number | null): string {
  if (ratio === null || !Number.isFinite(ratio)) return 'n/a';
  return `${ratio < 0 ? '-' : '+'}${Math.abs(ratio * 100).toFixed(1)} %`;
}

const labelOf = (effect: Effect) => METRICS.find((metric) => metric.name === effect.metric)!.label;

function whySlower(effect: Effect): string {
  return `${labelOf(effect)} ${percent(effect.estimate)}, at least ${percent(effect.lower)}`;
}

function whyWithin(effect: Effect, rule: Rule): string {
  return `${labelOf(effect)} ${percent(effect.estimate)}, at most ${percent(effect.upper)} (tolerance ${percent(rule.tolerance)})`;
}

function whyOpen(effect: Effect, rule: Rule): string {
  const sees = `smallest effect that these pairs could have seen ${percent(effect.detectable)}, tolerance ${percent(rule.tolerance)}`;
  return `${labelOf(effect)} ${percent(effect.estimate)}, between ${percent(effect.lower)} and ${percent(effect.upper)}; ${sees}`;
}
