// What every report page has in common: one self-contained file for light and dark, without a script; nothing is loaded. Pure.

/** Ink, paper and what tables and figures need; a page adds its own colours and classes. */
const STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --paper: #ffffff; --line: #d5dbe3; --soft: #5d6a7a; --bad: #b3261e; --pass: #1a7f45;
  --blue: #2166c2; --orange: #c75000; --limit: #a0185a; --header: #1c3a5e; --header-pass: #1a7f45; --header-bad: #b3261e; --header-open: #8a6100; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9f0; --paper: #14181e; --line: #333c48; --soft: #9aa7b7; --bad: #ff8a80; --pass: #5fce8d;
  --blue: #6cabff; --orange: #ff9d57; --limit: #ff7ab6; --header: #20364f; --header-pass: #2c8f57; --header-bad: #c8453c; --header-open: #96700f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header { padding: 1.2rem 1.5rem; background: var(--header); color: #fff; }
header.pass { background: var(--header-pass); }
header.bad { background: var(--header-bad); }
header.open { background: var(--header-open); }
header > *, main > * { max-width: 1060px; margin-left: auto; margin-right: auto; }
main { padding: .5rem 1.5rem 3rem; }
h2 { margin-top: 2rem; margin-bottom: .6rem; font-size: 1.15rem; }
h3 { margin-top: 1.4rem; margin-bottom: .3rem; font-size: 1rem; }
p, ul { margin-top: .4rem; margin-bottom: .4rem; }
ul { padding-left: 1.2rem; }
.wide, figure { overflow-x: auto; margin-top: .4rem; margin-bottom: .4rem; }
figure { margin-left: 0; margin-right: 0; }
figure svg { max-width: 100%; height: auto; display: block; }
header h1 { margin-top: 0; margin-bottom: 0; font-size: 1.6rem; }
header p { margin-top: .2rem; margin-bottom: 0; }
figcaption { color: var(--soft); font-size: .87rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .93rem; }
th, td { padding: .35rem .8rem .35rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { font-weight: 500; }
th, .soft, .soft td { color: var(--soft); }
p.soft { font-size: .87rem; }
.bad td { color: var(--bad); font-weight: 600; }
.legend { font-size: .93rem; }
.legend span { margin-right: 1.2em; }
.legend span::before { content: ''; display: inline-block; width: 1.6em; height: .25em; margin-right: .4em; vertical-align: middle; background: currentColor; }
code { background: color-mix(in srgb, var(--line) 45%, transparent); padding: .1rem .35rem; border-radius: 4px; }
@media print { header { -webkit-print-color-adjust: exact; print-color-adjust: exact; } }
`;

export interface HtmlPage {
  title: string;
  /** The band at the top: its heading is the title unless another one is given. */
  heading?: string;
  /** Under the heading, as text. */
  subtitle: string;
  /** Colour of the band. */
  state?: 'pass' | 'bad' | 'open' | undefined;
  /** Added to the common style. */
  style?: string;
  /** HTML. */
  main: string;
}

export function htmlPage({ title, heading = title, subtitle, state, style = '', main }: HtmlPage): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}${style}</style>
</head>
<body>
<header${state ? ` class="${state}"` : ''}>
<h1>${escapeHtml(heading)}</h1>
<p>${escapeHtml(subtitle)}</p>
</header>
<main>
${main}
</main>
</body>
</html>
`;
}

/** A section under its heading. @param content HTML */
export const htmlSection = (title: string, content: string): string =>
  `<section><h2>${escapeHtml(title)}</h2>${content}</section>`;

export const htmlList = (lines: readonly string[]): string =>
  `<ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>`;

/** @param classOf class of a row: `bad`, `soft`, or none */
export function htmlTable(
  header: readonly string[],
  rows: readonly string[][],
  classOf: (row: string[], index: number) => string | undefined = () => undefined,
): string {
  const cells = (tag: string, values: readonly string[]) =>
    values.map((value) => `<${tag}>${escapeHtml(value)}</${tag}>`).join('');
  const body = rows.map((row, index) => {
    const name = classOf(row, index);
    return `<tr${name ? ` class="${name}"` : ''}>${cells('td', row)}</tr>`;
  });
  return `<div class="wide"><table><thead><tr>${cells('th', header)}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** For text and for attributes in double quotes. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (letter) => ENTITIES[letter]!);
