// The result of a run as text for a terminal: VALID or INVALID first, then the objectives, the audit, the times of every step.
import { table } from '../../../cli/table.ts';
import { ms, percent, stepRow } from '../cells.ts';
import type { StepFold } from '../fold.ts';
import { type RunResult, verdictOf } from '../result.ts';
import { auditText, lagText, limitRow, recoveryText, slopeText, VERDICT_TEXT } from './words.ts';

/** @param files the folder of the run and the line to try next */
export function reportText(result: RunResult, files: { dir: string; next: string }): string {
  const { folded, lag, generator, plan, validity, availability } = result;
  const { verdict } = verdictOf(result);
  const lines = [
    `${validity.valid ? 'VALID' : 'INVALID'}: ${result.scenario}, ${plan.ratePerSecond} requests/s for ${+(folded.measuredMs / 1000).toFixed(1)} s, seed ${plan.seed}`,
    ...validity.reasons.map(({ message, advice }) => `  ${message}\n  hint: ${advice}`),
    ...validity.notes.map((note) => `  note: ${note}`),
  ];
  if (validity.valid) lines.push(VERDICT_TEXT[verdict]);
  lines.push('', 'objectives (share that was good)');
  const judged = (met: boolean) => (!validity.valid ? 'not judged' : met ? 'met' : 'MISSED');
  const objectiveRows = result.objectives.map((objective) => [
    objective.displayName,
    percent(objective.target),
    percent(objective.value!),
    `${objective.total - objective.good} of ${objective.total}`,
    judged(objective.met),
  ]);
  lines.push(table(['objective', 'target', 'seen', 'bad', 'judgement'], objectiveRows));
  const limits = result.limits.map((limit) => limitRow(limit, judged(limit.met)));
  if (limits.length > 0) lines.push('', table(['phase', 'limit', 'allowed', 'seen', 'judgement'], limits));
  lines.push('', ...result.course.recoveries.map(recoveryText), ...result.course.slopes.map(slopeText));
  lines.push(auditText(result.audit), lagText(lag));
  lines.push(`health: ${availability.up} of ${availability.slices} seconds up`);
  const rows = Object.entries(folded.steps).map(([name, step]) => stepRow(name, step));
  rows.sort(([a], [b]) => a!.localeCompare(b!));
  const phases =
    folded.phases.length > 1 ? folded.phases.map(({ phase, total }) => stepRow(`phase ${phase.name}`, total)) : [];
  const header = ['step', 'count', 'errors', 'service p50', 'p95', 'p99', 'response p50', 'p95', 'p99'];
  lines.push('', table(header, [...rows, ...phases, stepRow('total', folded.total)]));
  lines.push('times in ms; response = from the planned start, service = from sending; "-": too few values');
  if (folded.total.errors > 0) lines.push(`statuses: ${statusText(folded.total)}`);
  const share = generator.cpuMs / (generator.wallMs * generator.cores);
  lines.push(
    '',
    `generator: k6 ${result.environment.k6}, ${percent(share)} of ${generator.cores} cores, late p50 ${ms(folded.lateness, 0.5)} ms, p99 ${ms(folded.lateness, 0.99)} ms`,
  );
  const { calibration } = result;
  if (calibration !== null) {
    lines.push(
      `generator alone at ${calibration.ratePerSecond}/s: service p50 ${calibration.serviceP50Ms.toFixed(2)} ms, p95 ${calibration.serviceP95Ms.toFixed(2)} ms, late p99 ${calibration.latenessP99Ms.toFixed(2)} ms`,
    );
  }
  if (generator.othersCpuShare !== undefined) {
    lines.push(`other processes on this machine: ${percent(generator.othersCpuShare)} of its cores`);
  }
  const cpu = Object.entries(result.cpuMs).map(
    ([name, value]) => `${name} ${(value / Math.max(1, folded.total.answered)).toFixed(2)}`,
  );
  if (cpu.length > 0) lines.push(`CPU in ms per request: ${cpu.join(', ')}`);
  lines.push('', `report: ${files.dir}/report.html`, `result: ${files.dir}/result.json`, `next: ${files.next}`);
  return lines.join('\n');
}

const statusText = (step: StepFold) =>
  Object.entries(step.statuses)
    .map(([status, count]) => `${status === '0' ? 'no answer' : status}: ${count}`)
    .join(', ');
