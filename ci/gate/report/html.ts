// The result as one self-contained page: verdict, why, tables, curves, pairs, conditions. No script, nothing loaded.
import { percent } from '../decide.ts';
import type { GateResult } from '../result.ts';
import { conditions, METRIC_HEADER, metricRows, OBJECTIVE_HEADER, objectiveRows } from './cells.ts';
import { curvesPlot, pairsPlot } from './plots.ts';
import { STYLE } from './style.ts';

export function htmlReport(result: GateResult): string {
  const compared = result.kind === 'pairs' && result.pairs.length > 0;
  const against = result.kind === 'pairs' ? 'head against base' : 'head against the objectives';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(result.verdict)}: performance gate</title>
<style>${STYLE}</style>
</head>
<body>
<header class="${result.verdict.toLowerCase().replace(' ', '-')}">
<h1>${escapeHtml(result.verdict)}</h1>
<p>${against}, ${escapeHtml(result.startedAt)}, ${result.seconds.toFixed(0)} s</p>
</header>
<main>
<section>${list(result.why)}</section>
${compared ? section('What was measured', htmlTable(METRIC_HEADER, metricRows(result)) + METRIC_HELP) : ''}
${result.objectives.length > 0 ? section('Objectives', htmlTable(OBJECTIVE_HEADER, objectiveRows(result))) : ''}
${result.curves.head.length > 0 ? section('Response times', `<figure>${curvesPlot(result.curves, result.latencyLimitMs)}</figure>${legend(result)}`) : ''}
${compared ? section('Pair by pair', `<figure>${pairsPlot(result)}</figure>${pairsHelp(result)}`) : ''}
${result.notes.length > 0 ? section('Notes', list(result.notes)) : ''}
${section('Conditions', list(conditions(result)))}
${section('Next', `<p><code>${escapeHtml(result.next)}</code></p>`)}
</main>
</body>
</html>
`;
}

const METRIC_HELP = `<p class="help">Base and head are geometric means over the pairs. The interval is the one the rule used: below its lower end with the
chance of a false alarm, above its upper end with the chance of a false pass, both spent over the looks. "Could have seen" is
the smallest slowdown that these pairs would have told from none with power 0.9.</p>`;

const legend = (result: GateResult) =>
  `<p class="legend">${result.curves.base ? '<span class="base">base</span> ' : ''}<span class="head">head</span> all turns together; a request without an answer counts as the time-out.</p>`;

const pairsHelp = (result: GateResult) =>
  `<p class="help">A dot is one pair. "all" is the estimate with the interval of the table. Dashed line: tolerance ${percent(result.rule.tolerance)}.</p>`;

const section = (title: string, content: string) => `<section><h2>${escapeHtml(title)}</h2>${content}</section>`;

const list = (lines: string[]) => `<ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>`;

function htmlTable(header: string[], rows: string[][]): string {
  const cells = (tag: string, values: string[]) =>
    values.map((value) => `<${tag}>${escapeHtml(value)}</${tag}>`).join('');
  const body = rows.map((row) => `<tr class="${rowClass(row.at(-1)!)}">${cells('td', row)}</tr>`).join('');
  return `<div class="wide"><table><thead><tr>${cells('th', header)}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function rowClass(judgement: string): string {
  if (judgement === 'slower' || judgement.startsWith('missed')) return 'bad';
  return judgement === 'shown only' ? 'aside' : '';
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
