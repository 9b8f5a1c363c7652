// The guard against few requests: a long window counts with the lower bound of its error ratio, not with the ratio itself.
import type { Objective } from '../objectives/read.ts';
import { labelsOf, type Rule } from './rule.ts';

/** Normal quantile of a one-sided 90 %. */
const Z = 1.2816;
/**
 * So many bad events a window must have before it says anything: fewer are one of two requests in a quiet hour. With it the interval may
 * be of 90 %, which finds outages sooner than one of 95 % does alone. `npm run slo -- simulate` has the figures for both.
 */
export const LEAST_BAD = 3;
/** `increase` extrapolates: what lies between two and three is two. */
const BAD_BOUND = LEAST_BAD - 0.5;

/**
 * The error ratio of which a window is sure, 0 to 1: 0 with fewer than three bad events, else the lower end of the one-sided 90 %
 * interval of a share of `bad` in `all` events.
 * E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927), 209-212.
 */
export function sureShare(bad: number, all: number): number {
  if (all === 0 || bad <= BAD_BOUND) return 0;
  const share = bad / all;
  const root = Math.sqrt((Math.max(share * (1 - share), 0) + (Z * Z) / 4 / all) / all);
  return (share + (Z * Z) / 2 / all - Z * root) / (1 + (Z * Z) / all);
}

/** The window that must be sure: a slice of time is no event, so availability needs no guard. */
export const sureRatio = ({ source }: Objective, window: string) =>
  source.kind === 'slices' ? `slo:sli_error:ratio_rate${window}` : `slo:sli_error_lower:ratio_rate${window}`;

/** Events of every long window of the policy, and the lower bound of their error ratio where enough of them are bad. */
export function guardRules(objective: Objective): Rule[] {
  const { name, source, policy } = objective;
  if (source.kind === 'slices') return [];
  const labels = labelsOf(objective);
  return policy.flatMap(({ long }) => [
    { record: `slo:events:increase${long}`, expr: `sum(increase(${source.total}[${long}])) > 0`, labels },
    { record: `slo:sli_error_lower:ratio_rate${long}`, expr: lowerExpression(name, long), labels },
  ]);
}

/** Extrapolation can put a ratio a hair outside 0 to 1: the root must stay a number then. */
function lowerExpression(name: string, window: string): string {
  const p = `slo:sli_error:ratio_rate${window}{slo="${name}"}`;
  const n = `slo:events:increase${window}{slo="${name}"}`;
  const [half, quarter, whole] = [2, 4, 1].map((by) => Number(((Z * Z) / by).toPrecision(5)));
  const root = `sqrt((clamp_min(${p} * (1 - ${p}), 0) + ${quarter} / ${n}) / ${n})`;
  return `(${p} + ${half} / ${n} - ${Z} * ${root}) / (1 + ${whole} / ${n}) and ${p} * ${n} > ${BAD_BOUND}`;
}
