// The monthly report as Markdown, for wikis and mails: the same words and tables, without the drawings.
import type { Report, Section } from './content.ts';

export function markdownReport({ title, verdict, sections }: Report): string {
  return `${[`# ${title}`, `**${inline(verdict)}**`, ...sections.map(sectionMarkdown).filter((text) => text !== '')].join('\n\n')}\n`;
}

function sectionMarkdown({ title, level, lines, table }: Section): string {
  if (!lines && !table) return '';
  const parts = [`${'#'.repeat(level)} ${inline(title)}`];
  if (lines?.length === 1) parts.push(inline(lines[0]!));
  else if (lines) parts.push(lines.map((line) => `- ${inline(line)}`).join('\n'));
  if (table) {
    const row = (cells: string[]) => `| ${cells.map((cell) => inline(cell).replaceAll('|', '\\|')).join(' | ')} |`;
    parts.push(
      [
        row(table.header),
        row(table.header.map(() => '---')),
        ...table.rows.map((cells, index) => row(table.bad?.[index] ? cells.map((cell) => `**${cell}**`) : cells)),
      ].join('\n'),
    );
  }
  return parts.join('\n\n');
}

/** A reason or a cause was typed by somebody: it stays one line and no tag. */
const inline = (text: string) => text.replace(/\s+/g, ' ').replaceAll('<', '&lt;');
