// The result for a terminal: verdict first, then why, the tables, the notes, where the reports are and what to do next.
import { table } from '../../../cli/table.ts';
import type { GateResult } from '../result.ts';
import { conditions, METRIC_HEADER, metricRows, OBJECTIVE_HEADER, objectiveRows } from './cells.ts';

/** @param reportFile path of the HTML report, as the user should open it */
export function terminalReport(result: GateResult, reportFile: string): string {
  const metrics = metricRows(result);
  const objectives = objectiveRows(result);
  return [
    `${result.verdict}  (exit ${result.exitCode}, ${result.seconds.toFixed(0)} s)`,
    ...result.why.map((line) => `  ${line}`),
    ...(metrics.length > 0 ? ['', table(METRIC_HEADER, metrics)] : []),
    ...(objectives.length > 0 ? ['', table(OBJECTIVE_HEADER, objectives)] : []),
    '',
    ...conditions(result),
    ...result.notes.map((note) => `note: ${note}`),
    '',
    `report: ${reportFile}`,
    `next:   ${result.next}`,
  ].join('\n');
}
