// The monthly report as one self-contained page. No script, nothing loaded.
import { escapeHtml, htmlList, htmlPage, htmlTable } from '../../../cli/html.ts';
import type { Report, Section } from './content.ts';

const STYLE = `
:root { --shade: #8a94a64d; --line-0: var(--blue); --line-1: var(--orange); --line-2: #8a3fb0; --line-3: #1a7f45; --line-4: var(--limit); --line-5: #6d6400;
  --line-6: #00788a; --line-7: var(--soft); }
@media (prefers-color-scheme: dark) { :root { --shade: #9aa7b740; --line-2: #d39af0; --line-3: #6fd197; --line-5: #d8cc4f; --line-6: #5fd3e4; } }
td:not(:first-child) { white-space: nowrap; }
`;
const STATES = { kept: 'pass', blind: 'open', missed: 'bad' } as const;

export function htmlReport({ title, verdict, state, sections }: Report): string {
  return htmlPage({
    title,
    subtitle: verdict,
    state: STATES[state],
    style: STYLE,
    main: sections.map(sectionHtml).join('\n'),
  });
}

function sectionHtml({ title, level, lines, table, drawing }: Section): string {
  const parts = [`<h${level}>${escapeHtml(title)}</h${level}>`];
  if (lines?.length === 1) parts.push(`<p>${escapeHtml(lines[0]!)}</p>`);
  else if (lines) parts.push(htmlList(lines));
  if (table) parts.push(htmlTable(table.header, table.rows, (_, index) => (table.bad?.[index] ? 'bad' : undefined)));
  if (drawing) parts.push(`<figure>${drawing.svg}<figcaption>${escapeHtml(drawing.caption)}</figcaption></figure>`);
  return `<section>${parts.join('\n')}</section>`;
}
