// What a run says in sentences, the same on a terminal and in HTML. Pure.
import type { Audit } from '../../probes/audit.ts';
import { msText, percent } from '../cells.ts';
import type { PhaseRecovery, PhaseSlope } from '../course.ts';
import type { JudgedLimit } from '../phase-limits.ts';
import type { RunResult, Verdict } from '../result.ts';

export const VERDICT_TEXT: Record<Verdict, string> = {
  PASS: 'PASS: every objective was met',
  LOST: 'FAILED: something that was acknowledged is missing',
  MISSED: 'MISSED: an objective or a limit of a phase was not met',
  INVALID: '',
};

const msWords = (value: number | undefined) =>
  value === Number.POSITIVE_INFINITY ? 'never' : `${value?.toFixed(1)} ms`;

export function lagText({ lag, failedWrites }: RunResult['lag']): string {
  if (lag.count === 0) return 'projection lag: no probe came back';
  const failed = failedWrites ? `, ${failedWrites} writes failed` : '';
  const [p50, p95, most] = [lag.quantile(0.5), lag.quantile(0.95), lag.max].map(msWords);
  return `projection lag from outside: p50 ${p50}, p95 ${p95}, largest ${most} (${lag.count} probes${failed})`;
}

export function auditText(audit: Audit): string {
  if (!audit.checked) return `audit: not checked (${audit.why})`;
  const counts = `acknowledged ${audit.acknowledged}, published ${audit.published}, projected ${audit.projected}`;
  if (audit.whole) return `audit: whole (${counts})`;
  const shown = audit.missing.slice(0, 10).map((one) => `  ${one.id} version ${one.version}: ${one.where}, ${one.why}`);
  const more = audit.missing.length > 10 ? [`  and ${audit.missing.length - 10} more in result.json`] : [];
  return [`audit: NOT WHOLE (${counts}), missing:`, ...shown, ...more].join('\n');
}

export function recoveryText({ phase, quantile, limitMs, from, afterMs }: PhaseRecovery): string {
  const to = `p${+(quantile * 100).toFixed(3)} at or under ${msText(limitMs)} ms (${from})`;
  return afterMs === undefined
    ? `${phase}: did not recover to a ${to} before its end`
    : `${phase}: recovered after ${(afterMs / 1000).toFixed(1)} s to a ${to}`;
}

/** With its 95 % interval; what holds zero has not been shown to grow. */
export function slopeText({ phase, of, unit, perHour, lower, upper, mean }: PhaseSlope): string {
  const word = lower > 0 ? 'grew' : upper < 0 ? 'fell' : 'neither grew nor fell beyond doubt';
  const share = mean === 0 ? '' : `, ${((perHour / mean) * 100).toFixed(1)} % of its mean`;
  return `${phase}: ${of} ${word}: ${perHour.toFixed(1)} ${unit} per hour (95 %: ${lower.toFixed(1)} to ${upper.toFixed(1)})${share}`;
}

/** Phase, what, allowed, seen, judgement. */
export function limitRow({ phase, what, unit, limit, value, atMs, why }: JudgedLimit, judgement: string): string[] {
  const figure = (number: number) => (unit === 'share' ? percent(number) : `${msText(number)} ${unit}`);
  const at = atMs === undefined ? '' : ` from ${(atMs / 1000).toFixed(0)} s`;
  const seen = value === null ? `- (${why})` : value === 'never' ? 'never' : figure(value) + at;
  return [phase, what, figure(limit), seen, judgement];
}
