// The result of a run as text for a terminal: VALID or INVALID first, then the objectives, the audit, the times of every step.
import { table } from '../../cli/table.ts';
import type { Audit } from '../probes/audit.ts';
import type { StepFold } from './fold.ts';
import type { Histogram } from './histogram.ts';
import { type RunResult, verdictOf } from './result.ts';
import { isEnough } from './validity.ts';

/** Milliseconds with three significant digits; "never" for what was not answered, "-" where there are too few values. */
export function ms(histogram: Histogram, q: number): string {
  if (histogram.count === 0 || !isEnough(histogram.count, q)) return '-';
  const value = histogram.quantile(q)!;
  if (value === Number.POSITIVE_INFINITY) return 'never';
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}

const percent = (share: number) => `${(share * 100).toFixed(2)} %`;

function stepRow(name: string, { planned, errors, service, response }: StepFold): string[] {
  const times = [ms(service, 0.5), ms(service, 0.95), ms(service, 0.99)];
  return [name, `${planned}`, `${errors}`, ...times, ms(response, 0.5), ms(response, 0.95), ms(response, 0.99)];
}

/** @param files the folder of the run and the line to try next */
export function reportText(result: RunResult, files: { dir: string; next: string }): string {
  const { folded, lag, generator, plan, validity, availability } = result;
  const { verdict } = verdictOf(result);
  const lines = [
    `${validity.valid ? 'VALID' : 'INVALID'}: ${result.scenario}, ${plan.ratePerSecond} requests/s for ${folded.measuredMs / 1000} s, seed ${plan.seed}`,
    ...validity.reasons.map(({ message, advice }) => `  ${message}\n  hint: ${advice}`),
    ...validity.notes.map((note) => `  note: ${note}`),
  ];
  if (validity.valid) lines.push(VERDICT_TEXT[verdict]);
  lines.push('', 'objectives (share that was good)');
  const objectiveRows = result.objectives.map((objective) => [
    objective.displayName,
    percent(objective.target),
    percent(objective.value!),
    `${objective.total - objective.good} of ${objective.total}`,
    !validity.valid ? 'not judged' : objective.met ? 'met' : 'MISSED',
  ]);
  lines.push(table(['objective', 'target', 'seen', 'bad', 'judgement'], objectiveRows));
  lines.push('', auditText(result.audit));
  lines.push(
    lag.lag.count === 0
      ? 'projection lag: no probe came back'
      : `projection lag from outside: p50 ${one(lag.lag.quantile(0.5))}, p95 ${one(lag.lag.quantile(0.95))}, largest ${one(lag.lag.max)} (${lag.lag.count} probes${lag.failedWrites ? `, ${lag.failedWrites} writes failed` : ''})`,
  );
  lines.push(`health: ${availability.up} of ${availability.slices} seconds up`);
  const rows = Object.entries(folded.steps).map(([name, step]) => stepRow(name, step));
  rows.sort(([a], [b]) => a!.localeCompare(b!));
  const header = ['step', 'count', 'errors', 'service p50', 'p95', 'p99', 'response p50', 'p95', 'p99'];
  lines.push('', table(header, [...rows, stepRow('total', folded.total)]));
  lines.push('times in ms; response = from the planned start, service = from sending; "-": too few values');
  if (folded.total.errors > 0) lines.push(`statuses: ${statusText(folded.total)}`);
  const share = generator.cpuMs / (generator.wallMs * generator.cores);
  lines.push(
    '',
    `generator: k6 ${result.versions.k6}, ${percent(share)} of ${generator.cores} cores, late p50 ${ms(folded.lateness, 0.5)} ms, p99 ${ms(folded.lateness, 0.99)} ms`,
  );
  if (generator.othersCpuShare !== undefined) {
    lines.push(`other processes on this machine: ${percent(generator.othersCpuShare)} of its cores`);
  }
  const cpu = Object.entries(result.cpuMs).map(
    ([name, value]) => `${name} ${(value / Math.max(1, folded.total.answered)).toFixed(2)}`,
  );
  if (cpu.length > 0) lines.push(`CPU in ms per request: ${cpu.join(', ')}`);
  lines.push('', `result: ${files.dir}/result.json`, `next: ${files.next}`);
  return lines.join('\n');
}

const VERDICT_TEXT = {
  PASS: 'PASS: every objective was met',
  LOST: 'FAILED: something that was acknowledged is missing',
  MISSED: 'MISSED: an objective was not met',
  INVALID: '',
};

const one = (value: number | undefined) => (value === Number.POSITIVE_INFINITY ? 'never' : `${value?.toFixed(1)} ms`);

const statusText = (step: StepFold) =>
  Object.entries(step.statuses)
    .map(([status, count]) => `${status === '0' ? 'no answer' : status}: ${count}`)
    .join(', ');

function auditText(audit: Audit): string {
  if (!audit.checked) return `audit: not checked (${audit.why})`;
  const counts = `acknowledged ${audit.acknowledged}, published ${audit.published}, projected ${audit.projected}`;
  if (audit.whole) return `audit: whole (${counts})`;
  const shown = audit.missing.slice(0, 10).map((one) => `  ${one.id} version ${one.version}: ${one.where}, ${one.why}`);
  const more = audit.missing.length > 10 ? [`  and ${audit.missing.length - 10} more in result.json`] : [];
  return [`audit: NOT WHOLE (${counts}), missing:`, ...shown, ...more].join('\n');
}
