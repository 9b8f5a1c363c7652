// The table as one self-contained page for light and dark: promises, makers, two drawings, every row. No script, nothing loaded.

import { pagePlot, quietPlot } from './plots.ts';
import { LIMITS } from './promises.ts';
import type { SavedTable } from './saved.ts';
import { type Cells, faultCells, makerCells, promiseCells, quietCells } from './text.ts';

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --paper: #ffffff; --line: #d5dbe3; --soft: #5d6a7a; --bad: #b3261e;
  --ours: #2166c2; --sloth: #c75000; --pyrra: #1a7f45; --limit: #a0185a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9f0; --paper: #14181e; --line: #333c48; --soft: #9aa7b7; --bad: #ff8a80;
  --ours: #6cabff; --sloth: #ff9d57; --pyrra: #5fce8d; --limit: #ff7ab6; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 1000px; margin: 0 auto; padding: 1rem 1.5rem 3rem; }
h1 { font-size: 1.6rem; } h2 { margin: 2rem 0 .6rem; font-size: 1.15rem; }
.wide, figure { overflow-x: auto; margin: 0; }
figure svg { max-width: 100%; height: auto; display: block; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .93rem; }
th, td { padding: .3rem .7rem .3rem 0; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top; }
th, .help { color: var(--soft); } .help { font-size: .9rem; }
.bad td { color: var(--bad); font-weight: 600; }
.legend span { margin-right: 1.2em; }
.legend span::before { content: ''; display: inline-block; width: 1.6em; height: .25em; margin-right: .4em; vertical-align: middle; background: currentColor; }
`;

const HELP = {
  makers: `The alerts that three compilers make of the same objectives. Sloth: its catalogue for 30 days (14.4, 6, 3, 1), no guard. Pyrra:
factors 14, 7, 2, 1, windows scaled to 30 days, its own "for", no guard. "Pages from" is the smallest steady share of bad that ever pages.`,
  page: 'Everything bad from one moment on, at random traffic. A guard makes the page later where requests are few, and spares the false ones below.',
  quiet:
    'Nothing is wrong: the objective is met, with the burn that the heading names. Dashed: what was promised at 0.003 requests a second.',
  faults:
    'Times are medians, in brackets the 95th percentile. "Noticed": a page or a ticket while the fault lasted. "By formula": many events, no waits for scrape and evaluation.',
};

export function htmlReport({ about, promises, ...table }: SavedTable, everything: string): string {
  const faults = table.faults.filter(({ fault, ratePerSecond }) => fault === everything && ratePerSecond !== null);
  const worstBurn = Math.max(...table.quiet.map(({ burn }) => burn));
  const quiet = table.quiet.filter(
    ({ burn, arrivals, ratePerSecond }) =>
      burn === worstBurn && arrivals === table.quiet[0]?.arrivals && ratePerSecond !== null,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Burn alerts, simulated</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Burn alerts, simulated</h1>
<p class="help">${escapeHtml(`${about.date}, commit ${about.commit}, seed ${about.seed}: up to ${about.months} months and ${about.trials} faults a row, months of ${about.monthDays} days, scraped every ${about.scrapeSeconds} s. ${about.machine}`)}</p>
${section('Promises', htmlTable(promiseCells(promises)))}
${section('The rules against those of Sloth and Pyrra', htmlTable(makerCells(table, everything)), HELP.makers)}
${faults.length > 0 ? section('Minutes to the page, everything bad', `<figure>${pagePlot(faults)}</figure>${LEGEND}`, HELP.page) : ''}
${quiet.length > 0 ? section(`False pages a month at burn ${worstBurn}`, `<figure>${quietPlot(quiet, LIMITS.falsePagesAMonth)}</figure>${LEGEND}`, HELP.quiet) : ''}
${section('Every fault, our rules', htmlTable(faultCells(table)), HELP.faults)}
${section('Every quiet month', htmlTable(quietCells(table)), 'False pages a month.')}
</main>
</body>
</html>
`;
}

const LEGEND = `<p class="legend"><span style="color:var(--ours)">ours</span><span style="color:var(--sloth)">Sloth</span><span style="color:var(--pyrra)">Pyrra</span></p>`;

const section = (title: string, content: string, help = '') =>
  `<section><h2>${escapeHtml(title)}</h2>${content}${help && `<p class="help">${escapeHtml(help)}</p>`}</section>`;

function htmlTable({ header, rows }: Cells): string {
  const cells = (tag: string, values: string[]) =>
    values.map((value) => `<${tag}>${escapeHtml(value)}</${tag}>`).join('');
  const body = rows.map((row) => `<tr${row.at(-1) === 'DOES NOT HOLD' ? ' class="bad"' : ''}>${cells('td', row)}</tr>`);
  return `<div class="wide"><table><thead><tr>${cells('th', header)}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

const escapeHtml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
