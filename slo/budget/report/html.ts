// The monthly report as one self-contained page. No script, nothing loaded.
import type { Report, Section } from './content.ts';

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --paper: #ffffff; --rule: #d5dbe3; --soft: #5d6a7a; --shade: #8a94a64d; --bad: #b3261e; --pass: #1a7f45;
  --line-0: #2166c2; --line-1: #c75000; --line-2: #8a3fb0; --line-3: #1a7f45; --line-4: #a0185a; --line-5: #6d6400; --line-6: #00788a; --line-7: #5a5f69; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9f0; --paper: #14181e; --rule: #333c48; --soft: #9aa7b7; --shade: #9aa7b740; --bad: #ff8a80; --pass: #2c8f57;
  --line-0: #6cabff; --line-1: #ff9d57; --line-2: #d39af0; --line-3: #6fd197; --line-4: #ff7ab6; --line-5: #d8cc4f; --line-6: #5fd3e4; --line-7: #b4bac4; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header { padding: 1.2rem 1.5rem; background: #1a7f45; color: #fff; }
header.missed { background: #b3261e; }
header.blind { background: #8a6100; }
header h1 { margin: 0 auto; font-size: 1.7rem; }
header p { margin: .2rem auto 0; }
header > *, main { max-width: 1060px; margin-left: auto; margin-right: auto; }
main { padding: .5rem 1.5rem 3rem; }
h2 { margin: 2rem 0 .5rem; font-size: 1.2rem; }
h3 { margin: 1.4rem 0 .3rem; font-size: 1rem; }
ul { margin: .3rem 0; padding-left: 1.2rem; }
p { margin: .3rem 0; }
.wide, figure { overflow-x: auto; margin: .4rem 0; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .92rem; }
th, td { padding: .35rem .8rem .35rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--rule); }
th, figcaption { color: var(--soft); font-weight: 500; }
td.number { white-space: nowrap; }
.bad td { color: var(--bad); font-weight: 600; }
figcaption { font-size: .87rem; }
figure svg { max-width: 100%; height: auto; display: block; }
@media print { header { -webkit-print-color-adjust: exact; print-color-adjust: exact; } }
`;

export function htmlReport({ title, verdict, state, sections }: Report): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header class="${state}">
<h1>${escaped(title)}</h1>
<p>${escaped(verdict)}</p>
</header>
<main>
${sections.map(sectionHtml).join('\n')}
</main>
</body>
</html>
`;
}

function sectionHtml({ title, level, lines, table, drawing }: Section): string {
  const parts = [`<h${level}>${escaped(title)}</h${level}>`];
  if (lines?.length === 1) parts.push(`<p>${escaped(lines[0]!)}</p>`);
  else if (lines) parts.push(`<ul>${lines.map((line) => `<li>${escaped(line)}</li>`).join('')}</ul>`);
  if (table) parts.push(tableHtml(table));
  if (drawing) parts.push(`<figure>${drawing.svg}<figcaption>${escaped(drawing.caption)}</figcaption></figure>`);
  return `<section>${parts.join('\n')}</section>`;
}

function tableHtml({ header, rows, bad }: NonNullable<Section['table']>): string {
  const head = header.map((cell) => `<th>${escaped(cell)}</th>`).join('');
  const body = rows.map((row, index) => {
    const cells = row.map((cell) => `<td${/^[\d-]/.test(cell) ? ' class="number"' : ''}>${escaped(cell)}</td>`);
    return `<tr${bad?.[index] ? ' class="bad"' : ''}>${cells.join('')}</tr>`;
  });
  return `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string) => text.replace(/[&<>"]/g, (letter) => ENTITIES[letter]!);
