// The evidence as one self-contained page: what was measured, with every query. No script, nothing loaded. Pure.
import { escapeHtml, htmlPage } from '../../cli/html.ts';
import { type Block, originOf, pieces } from './blocks.ts';
import { PICTURE_STYLE } from './draw.ts';
import type { Figure } from './figure.ts';

/** What `verify` looks for in an evidence.html. */
export const HTML_FIGURE = /<a class="figure" href="#(?<id>[a-z0-9-]+)">(?<printed>[^<]*)<\/a>/g;

const STYLE = `${PICTURE_STYLE}
td:first-child { white-space: nowrap; }
a.figure { color: inherit; text-decoration: underline dotted; text-underline-offset: 3px; }
:target { background: var(--shade); }
code { overflow-wrap: anywhere; }
pre { padding: .5rem .7rem; margin-top: .3rem; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .8rem; border-radius: 4px;
  background: color-mix(in srgb, var(--line) 45%, transparent); }
`;

export function htmlOf(title: string, subtitle: string, blocks: readonly Block[], figures: readonly Figure[]): string {
  const byId = new Map(figures.map((figure) => [figure.id, figure]));
  const link = ({ id, printed }: Figure) => `<a class="figure" href="#${id}">${escapeHtml(printed)}</a>`;
  const inline = (text: string) =>
    pieces(text)
      .map((piece) => {
        if (piece.kind === 'code') return `<code>${escapeHtml(piece.text)}</code>`;
        if (piece.kind === 'plain') return escapeHtml(piece.text);
        const figure = byId.get(piece.text);
        return figure ? link(figure) : 'not known';
      })
      .join('');
  const row = (tag: string, cells: string[]) => `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  const pre = (query: string) => `<pre>${escapeHtml(query)}</pre>`;
  const block = (one: Block): string => {
    switch (one.kind) {
      case 'heading':
        return `<h2>${escapeHtml(one.text)}</h2>`;
      case 'text':
        return `<p>${inline(one.text)}</p>`;
      case 'list':
        return `<ul>${one.items.map((item) => `<li>${inline(item)}</li>`).join('')}</ul>`;
      case 'table': {
        const body = one.rows.map((cells) => row('td', cells.map(inline))).join('');
        return `<div class="wide"><table><thead>${row('th', one.header.map(escapeHtml))}</thead><tbody>${body}</tbody></table></div>`;
      }
      case 'write':
        return '';
      case 'picture':
        return `<h3>${escapeHtml(one.title)}</h3><p class="soft">${inline(one.text)}</p><figure>${one.svg}</figure>${one.queries.map(pre).join('')}`;
      case 'figures':
        return one.figures
          .map((figure) => {
            const { query, text } = originOf(figure);
            const head = `<strong>${escapeHtml(figure.title)}</strong>: ${link(figure)}`;
            const origin = query ? `<span class="soft">${escapeHtml(text)}</span>` : `<code>${escapeHtml(text)}</code>`;
            return `<div id="${figure.id}"><p>${head} ${origin}</p>${query ? pre(query) : ''}</div>`;
          })
          .join('\n');
    }
  };
  return htmlPage({ title, subtitle, style: STYLE, main: blocks.map(block).join('\n') });
}
