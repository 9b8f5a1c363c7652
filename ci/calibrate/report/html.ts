// The table as one self-contained page. No script, nothing loaded.
import { escapeHtml, htmlList, htmlPage, htmlSection, htmlTable } from '../../../cli/html.ts';
import { scaledKind } from '../figures.ts';
import type { CalibrationTable } from '../table.ts';
import { rulesPlot } from './plot.ts';
import {
  blockedRows,
  circumstances,
  effectRows,
  equalDetectionRows,
  goalRows,
  type Rows,
  verdictRows,
} from './rows.ts';

const DRAWN = scaledKind(1.2);

export function htmlReport(table: CalibrationTable): string {
  const sections = [
    section(goalRows(table)),
    htmlSection(
      `Equal builds and ${DRAWN}`,
      `<figure>${rulesPlot(table, DRAWN)}</figure><p class="legend"><span class="false">equal builds, blocked wrongly</span><span class="found">${escapeHtml(DRAWN)}, found</span> with 95 % intervals</p>`,
    ),
    ...table.recordings.map(({ neighbours }) => section(blockedRows(table, neighbours))),
    section(verdictRows(table)),
    section(equalDetectionRows(table)),
    section(effectRows(table)),
    htmlSection('How it was made', htmlList(circumstances(table))),
  ];
  return htmlPage({
    title: 'How often the gate is wrong',
    subtitle: `replayed ${table.madeAt}, rule of commit ${table.commit.slice(0, 10)}`,
    style:
      '.false { color: var(--orange); } .found { color: var(--blue); } td { white-space: nowrap; } td:first-child { white-space: normal; min-width: 16em; }',
    main: sections.join('\n'),
  });
}

function section({ title, help, header, rows }: Rows): string {
  if (rows.length === 0) return '';
  const table = htmlTable(header, rows, (row) => (row.at(-1) === 'MISSED' ? 'bad' : undefined));
  return htmlSection(title, `${table}${help ? `<p class="soft">${escapeHtml(help)}</p>` : ''}`);
}
