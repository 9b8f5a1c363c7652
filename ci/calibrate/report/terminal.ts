// The table for a terminal: the goals and our verdicts. Pure.
import { table as drawn } from '../../../cli/table.ts';
import type { CalibrationTable } from '../table.ts';
import { goalRows, verdictRows } from './rows.ts';

/** @param where the page with everything, and what to do next */
export function terminalReport(table: CalibrationTable, where: { page: string; next: string }): string {
  const parts = [goalRows(table), verdictRows(table)].map(
    ({ title, header, rows }) => `${title}\n${drawn(header, rows)}`,
  );
  return [...parts, `everything: ${where.page}`, `next: ${where.next}`].join('\n\n');
}
