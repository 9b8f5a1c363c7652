// What the pairs so far say of each metric: effect, bounds and judgement at this look. Pure.
import { RULE } from './defaults.ts';
import { METRICS, type Metric, type MetricName, type Pair, valuesOf } from './metrics.ts';
import {
  bounds,
  holmLevels,
  logRatio,
  looksUpTo,
  mean,
  minimumDetectableEffect,
  pocockLevel,
  pValue,
  spendingShares,
  standardDeviation,
  toRatio,
} from './statistics.ts';

/** What the user may choose of the rule. */
export interface Rule {
  /** Effect as a ratio: 0.1 is 10 % slower. */
  tolerance: number;
  pairCap: number;
  /** Slowdowns that were accepted on purpose, as ratios: so much of that metric is no regression. */
  accepted?: Partial<Record<MetricName, number>>;
}

/** Effect of head against base on one metric, all as ratios (0.1 = 10 % more); null with fewer than 2 pairs. */
export interface Effect {
  metric: MetricName;
  label: string;
  unit: Metric['unit'];
  base: number;
  head: number;
  /** Exponential of the mean log ratio, minus one. */
  estimate: number;
  lower: number | null;
  upper: number | null;
  /** Scatter of the pairs: standard deviation of the log ratios. */
  scatter: number | null;
  /** Smallest slowdown that these pairs would have called a regression with power 0.9. */
  detectable: number | null;
  /** What this metric never passes; null when it is not judged. */
  tolerance: number | null;
  judgement: 'slower' | 'accepted' | 'within tolerance' | 'open' | 'not judged';
}

/** Pairs at which this gate decides; with `isLast` the pair at hand is the end. */
export function looksOf(pairs: number, rule: Rule, isLast: boolean): number[] {
  const looks = looksUpTo(rule.pairCap, RULE.looks, RULE.laterLookEvery);
  return isLast ? [...looks.filter((look) => look < pairs), pairs] : looks;
}

/** Effects of all metrics that both arms told, primary ones judged by the drawing above `decide`. */
export function effectsOf(pairs: readonly Pair[], rule: Rule, looks: readonly number[]): Effect[] {
  const told = METRICS.flatMap((metric) => {
    const values = valuesOf(metric, pairs);
    if (!values) return [];
    return [{ metric, values, logs: values.base.map((base, i) => logRatio(base, values.head[i]!)) }];
  });
  const shown = told.map(
    ({ metric, values, logs }): Effect => ({
      metric: metric.name,
      label: metric.label,
      unit: metric.unit,
      base: toRatio(mean(values.base.map(Math.log))) + 1,
      head: toRatio(mean(values.head.map(Math.log))) + 1,
      estimate: toRatio(mean(logs)),
      lower: null,
      upper: null,
      scatter: null,
      detectable: null,
      tolerance: metric.primary ? rule.tolerance * metric.judged : null,
      judgement: metric.primary ? 'open' : 'not judged',
    }),
  );
  if (pairs.length < 2) return shown;

  const at = looks.findIndex((look) => look >= pairs.length);
  const shares = spendingShares(looks, RULE.spending, rule.pairCap);
  const spent = shares.slice(0, at + 1).reduce((sum, share) => sum + share, 0);
  const passLooks = looks.filter((look) => look >= RULE.firstPass || look === looks.at(-1));
  const passLevel = pocockLevel(passLooks.length);
  const primaries = told.filter(({ metric }) => metric.primary);
  const alarmLevel = RULE.falseAlarm * shares[at]!;
  const levels = holmLevels(
    primaries.map(({ logs }) => pValue(logs)),
    alarmLevel,
  );
  return told.map(({ metric, logs }, i): Effect => {
    const below = levels[primaries.findIndex((each) => each.metric === metric)] ?? alarmLevel;
    const log = bounds(logs, { below, above: passLevel });
    const effect = {
      ...shown[i]!,
      lower: toRatio(log.lower),
      upper: toRatio(log.upper),
      scatter: standardDeviation(logs),
      detectable: toRatio(minimumDetectableEffect(logs, (RULE.falseAlarm * spent) / primaries.length, RULE.power)),
    };
    if (effect.tolerance === null) return effect;
    if (log.lower > 0 && effect.estimate >= RULE.minimumEffect * metric.judged) {
      const isAccepted = effect.estimate <= (rule.accepted?.[metric.name] ?? 0);
      return { ...effect, judgement: isAccepted ? 'accepted' : 'slower' };
    }
    const isPrecise = log.upper - mean(logs) <= Math.log1p(effect.tolerance);
    const isWithin = passLooks.includes(pairs.length) && effect.upper < effect.tolerance && isPrecise;
    return isWithin ? { ...effect, judgement: 'within tolerance' } : effect;
  });
}
