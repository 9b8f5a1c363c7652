// The sentences of a verdict: an effect in, why it is slower, within its tolerance or open.
import type { Effect } from './effect.ts';
import { type ArmTurn, METRICS, type Pair, valuesOf } from './metrics.ts';
import { logRatio, mean, standardDeviation, toRatio } from './statistics.ts';

/** "+12.3 %" of 0.123. */
export function percent(ratio: number | null): string {
  if (ratio === null || !Number.isFinite(ratio)) return 'n/a';
  return `${ratio < 0 ? '-' : '+'}${Math.abs(ratio * 100).toFixed(1)} %`;
}

/** "head failed 450 of 900 requests (50.0 %)". */
export function errorsOf(pairs: readonly Pair[]): string {
  const sum = (count: (turn: ArmTurn) => number) => pairs.reduce((total, pair) => total + count(pair.head), 0);
  const [errors, planned] = [sum((turn) => turn.errors), sum((turn) => turn.planned)];
  return `head failed ${errors} of ${planned} requests (${((errors / planned) * 100).toFixed(1)} %)`;
}

export const whySlower = (effect: Effect) =>
  `${effect.label} ${percent(effect.estimate)}, at least ${percent(effect.lower)}`;

export const whyWithin = (effect: Effect) =>
  effect.judgement === 'accepted'
    ? `${effect.label} ${percent(effect.estimate)}, accepted on purpose`
    : `${effect.label} ${percent(effect.estimate)}, at most ${percent(effect.upper)} (tolerance ${percent(effect.tolerance)}, could have seen ${percent(effect.detectable)})`;

export const whyOpen = (effect: Effect) =>
  `${effect.label} ${percent(effect.estimate)}, between ${percent(effect.lower)} and ${percent(effect.upper)}; smallest effect that these pairs could have seen ${percent(effect.detectable)}, tolerance ${percent(effect.tolerance)}`;

/** A slowdown side by side that was not there when the arms took turns. */
export const whyNotConfirmed = ({ metrics }: { metrics: { label: string; claimed: number; byTurns: number }[] }) => [
  ...metrics.map(
    ({ label, claimed, byTurns }) =>
      `${label} ${percent(claimed)} side by side, but ${percent(byTurns)} when the arms took turns`,
  ),
  'head is slower only beside base: the two compete for this machine, and nobody can tell whose doing it is',
];

/** "response p95 +2.1 % ± 3.4, CPU per request ...": mean and standard error of the pairs so far, no basis for a verdict. */
export function soFar(pairs: readonly Pair[]): string {
  return METRICS.filter((metric) => metric.primary)
    .flatMap((metric) => {
      const values = valuesOf(metric, pairs);
      if (!values) return [];
      const logs = values.base.map((base, i) => logRatio(base, values.head[i]!));
      const error = (standardDeviation(logs) / Math.sqrt(logs.length)) * 100;
      return [`${metric.label} ${percent(toRatio(mean(logs)))}${logs.length > 1 ? ` ± ${error.toFixed(1)}` : ''}`];
    })
    .join(', ');
}
