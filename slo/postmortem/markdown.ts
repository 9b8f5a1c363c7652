// A document as Markdown. Every figure is a link to its query, so that `verify` finds it again. Pure.
import { type Block, originOf, pieces } from './blocks.ts';
import type { Figure } from './figure.ts';

/** What `verify` looks for in a postmortem.md. */
export const MARKDOWN_FIGURE = /\[(?<printed>[^\]\n]+)\]\(#(?<id>[a-z0-9-]+)\)/g;
/** Begin of what a person has to write, and replaces. */
export const TO_WRITE = '> **To write:**';

/** @param picturePath where the picture of that id stands, relative to the document */
export function markdownOf(
  title: string,
  blocks: readonly Block[],
  figures: readonly Figure[],
  picturePath: (id: string) => string,
): string {
  const byId = new Map(figures.map((figure) => [figure.id, figure]));
  const link = ({ id, printed }: Figure) => `[${printed}](#${id})`;
  const inline = (text: string) =>
    pieces(text)
      .map((piece) => {
        if (piece.kind === 'code') return `\`${piece.text}\``;
        if (piece.kind === 'plain') return escaped(piece.text);
        const figure = byId.get(piece.text);
        return figure ? link(figure) : 'not known';
      })
      .join('');
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  const code = (query: string) => `\`\`\`promql\n${query}\n\`\`\``;
  const block = (one: Block): string => {
    switch (one.kind) {
      case 'heading':
        return `## ${one.text}`;
      case 'text':
        return inline(one.text);
      case 'list':
        return one.items.map((item) => `- ${inline(item)}`).join('\n');
      case 'table':
        return [
          line(one.header),
          line(one.header.map(() => '---')),
          ...one.rows.map((row) => line(row.map((cell) => inline(cell).replaceAll('|', '\\|')))),
        ].join('\n');
      case 'write':
        return `${TO_WRITE} ${one.text}`;
      case 'picture':
        return [
          `### ${one.title}`,
          inline(one.text),
          `![${one.title}](${picturePath(one.id)})`,
          ...one.queries.map(code),
        ].join('\n\n');
      case 'figures':
        return one.figures
          .map((figure) => {
            const { query, text } = originOf(figure);
            const head = `<a id="${figure.id}"></a>**${escaped(figure.title)}**: ${link(figure)}, ${query ? text : `\`${text}\``}`;
            return query ? `${head}\n\n${code(query)}` : head;
          })
          .join('\n\n');
    }
  };
  return `# ${escaped(title)}\n\n${blocks.map(block).join('\n\n')}\n`;
}

const escaped = (text: string) => text.replaceAll('<', '&lt;').replace(/([\\*_[\]])/g, '\\$1');
