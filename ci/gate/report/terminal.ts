// The result for a terminal: verdict first, then why, the tables, the notes, where the reports are and what to do next.
import { table } from '../../../cli/table.ts';
import type { GateResult } from '../result.ts';
import {
  acceptedLines,
  COUNTER_HEADER,
  conditions,
  confirmationLines,
  counterRows,
  METRIC_HEADER,
  metricRows,
  OBJECTIVE_HEADER,
  objectiveRows,
  STEP_HEADER,
  stepRows,
} from './cells.ts';

/** A terminal shows so many differing counters, and so much of a statement; the page has them all. */
const COUNTERS_SHOWN = 20;
const STATEMENT_SHOWN = 70;

/** @param reportFile path of the HTML report, as the user should open it */
export function terminalReport(result: GateResult, reportFile: string): string {
  const counters = counterRows(result).map((row) => row.map(short));
  const metrics = metricRows(result);
  const slower = stepRows({ steps: result.steps.filter(({ isSlower }) => isSlower) });
  const objectives = objectiveRows(result);
  return [
    `${result.verdict}  (exit ${result.exitCode}, ${result.seconds.toFixed(0)} s)`,
    ...result.why.map((line) => `  ${line}`),
    ...(counters.length > 0 ? ['', table(COUNTER_HEADER, counters.slice(0, COUNTERS_SHOWN))] : []),
    ...(counters.length > COUNTERS_SHOWN ? [`${counters.length - COUNTERS_SHOWN} more in the report`] : []),
    ...(metrics.length > 0 ? ['', table(METRIC_HEADER, metrics)] : []),
    ...(slower.length > 0 ? ['', table(STEP_HEADER, slower)] : []),
    ...confirmationLines(result),
    ...(objectives.length > 0 ? ['', table(OBJECTIVE_HEADER, objectives)] : []),
    '',
    ...conditions(result),
    ...acceptedLines(result.accepted),
    ...result.notes.map((note) => `note: ${note}`),
    '',
    `report: ${reportFile}`,
    `next:   ${result.next}`,
  ].join('\n');
}

const short = (cell: string) => (cell.length > STATEMENT_SHOWN ? `${cell.slice(0, STATEMENT_SHOWN - 1)}…` : cell);
