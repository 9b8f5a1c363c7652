// The result as Markdown, for a pull request or a job summary.
import type { GateResult } from '../result.ts';
import { conditions, METRIC_HEADER, metricRows, OBJECTIVE_HEADER, objectiveRows } from './cells.ts';

export function markdownReport(result: GateResult): string {
  const metrics = metricRows(result);
  const objectives = objectiveRows(result);
  return [
    `## Performance gate: ${result.verdict}`,
    '',
    ...list(result.why),
    '',
    ...(metrics.length > 0 ? [...markdownTable(METRIC_HEADER, metrics), ''] : []),
    ...(objectives.length > 0 ? [...markdownTable(OBJECTIVE_HEADER, objectives), ''] : []),
    ...(result.notes.length > 0 ? [...list(result.notes), ''] : []),
    '<details><summary>conditions</summary>',
    '',
    ...list(conditions(result)),
    '',
    '</details>',
    '',
    `Next: \`${result.next}\``,
    '',
  ].join('\n');
}

const escapeCell = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');

const list = (lines: string[]) => lines.map((line) => `- ${escapeCell(line)}`);

function markdownTable(header: string[], rows: string[][]): string[] {
  const line = (cells: string[]) => `| ${cells.map(escapeCell).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)];
}
