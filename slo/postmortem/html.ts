// The evidence as one self-contained page: what was measured, with every query. No script, nothing loaded. Pure.
import { type Block, originOf, pieces } from './blocks.ts';
import { PICTURE_STYLE } from './draw.ts';
import type { Figure } from './figure.ts';

/** What `verify` looks for in an evidence.html. */
export const HTML_FIGURE = /<a class="figure" href="#(?<id>[a-z0-9-]+)">(?<printed>[^<]*)<\/a>/g;

const STYLE = `${PICTURE_STYLE}
:root { color-scheme: light dark; --line: #d5dbe3; --head: #1c3a5e; }
@media (prefers-color-scheme: dark) { :root { --line: #333c48; --head: #20364f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header { padding: 1.2rem 1.5rem; background: var(--head); color: #fff; }
header > *, main { max-width: 960px; margin-left: auto; margin-right: auto; }
header h1 { margin-top: 0; margin-bottom: 0; font-size: 1.5rem; }
header p { margin-top: .2rem; margin-bottom: 0; }
main { padding: .5rem 0 3rem; }
@media (max-width: 1010px) { main { padding: .5rem 1.5rem 3rem; } }
h2 { margin: 2rem 0 .6rem; font-size: 1.15rem; }
h3 { margin: 1.4rem 0 .3rem; font-size: 1rem; }
p, ul { margin: .4rem 0; }
ul { padding-left: 1.2rem; }
.wide, figure { overflow-x: auto; margin: 0; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .93rem; }
th, td { padding: .35rem .9rem .35rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
td:first-child { white-space: nowrap; }
th, .soft { color: var(--soft); }
.soft { font-size: .87rem; }
figure svg { max-width: 100%; height: auto; display: block; }
a.figure { color: inherit; text-decoration: underline dotted; text-underline-offset: 3px; }
:target { background: var(--shade); }
code, pre { background: color-mix(in srgb, var(--line) 45%, transparent); border-radius: 4px; }
code { padding: .1rem .35rem; overflow-wrap: anywhere; }
pre { padding: .5rem .7rem; margin: .3rem 0; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .8rem; }
`;

export function htmlOf(title: string, subtitle: string, blocks: readonly Block[], figures: readonly Figure[]): string {
  const byId = new Map(figures.map((figure) => [figure.id, figure]));
  const link = ({ id, printed }: Figure) => `<a class="figure" href="#${id}">${escaped(printed)}</a>`;
  const inline = (text: string) =>
    pieces(text)
      .map((piece) => {
        if (piece.kind === 'code') return `<code>${escaped(piece.text)}</code>`;
        if (piece.kind === 'plain') return escaped(piece.text);
        const figure = byId.get(piece.text);
        return figure ? link(figure) : 'not known';
      })
      .join('');
  const row = (tag: string, cells: string[]) => `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  const pre = (query: string) => `<pre>${escaped(query)}</pre>`;
  const block = (one: Block): string => {
    switch (one.kind) {
      case 'heading':
        return `<h2>${escaped(one.text)}</h2>`;
      case 'text':
        return `<p>${inline(one.text)}</p>`;
      case 'list':
        return `<ul>${one.items.map((item) => `<li>${inline(item)}</li>`).join('')}</ul>`;
      case 'table': {
        const body = one.rows.map((cells) => row('td', cells.map(inline))).join('');
        return `<div class="wide"><table><thead>${row('th', one.header.map(escaped))}</thead><tbody>${body}</tbody></table></div>`;
      }
      case 'write':
        return '';
      case 'picture':
        return `<h3>${escaped(one.title)}</h3><p class="soft">${inline(one.text)}</p><figure>${one.svg}</figure>${one.queries.map(pre).join('')}`;
      case 'figures':
        return one.figures
          .map((figure) => {
            const { query, text } = originOf(figure);
            const head = `<strong>${escaped(figure.title)}</strong>: ${link(figure)}`;
            const origin = query ? `<span class="soft">${escaped(text)}</span>` : `<code>${escaped(text)}</code>`;
            return `<div id="${figure.id}"><p>${head} ${origin}</p>${query ? pre(query) : ''}</div>`;
          })
          .join('\n');
    }
  };
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header><h1>${escaped(title)}</h1><p>${escaped(subtitle)}</p></header>
<main>
${blocks.map(block).join('\n')}
</main>
</body>
</html>
`;
}

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
