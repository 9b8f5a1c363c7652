// The table as Markdown. Pure.
import type { CalibrationTable } from '../table.ts';
import {
  blockedRows,
  circumstances,
  effectRows,
  equalDetectionRows,
  goalRows,
  type Rows,
  verdictRows,
} from './rows.ts';

export function markdownReport(table: CalibrationTable): string {
  const sections = [
    goalRows(table),
    ...table.recordings.map(({ neighbours }) => blockedRows(table, neighbours)),
    verdictRows(table),
    equalDetectionRows(table),
    effectRows(table),
  ];
  return [
    '# How often the gate is wrong',
    'Made by `npm run gate:calibrate -- replay`. Recorded pairs of equal builds and of planted slowdowns, judged by this gate and by what others do.',
    ...sections.filter(({ rows }) => rows.length > 0).map(section),
    '## How it was made',
    circumstances(table)
      .map((line) => `- ${line}`)
      .join('\n'),
    '',
  ].join('\n\n');
}

function section({ title, help, header, rows }: Rows): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const body = [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
  return [`## ${title}`, help, body].filter(Boolean).join('\n\n');
}
