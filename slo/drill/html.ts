// The report of the drills as one page: each fault on its own line of time, predicted and actual, and the table. Pure.
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { type DrillResult, type Drills, shortcomings } from './result.ts';
import { HEADER, rowOf } from './table.ts';

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --paper: #fff; --line: #d5dbe3; --soft: #5d6a7a; --fault: #c75000; --predicted: #5d6a7a;
  --page: #b3261e; --end: #1a7f45; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9f0; --paper: #14181e; --line: #333c48; --soft: #9aa7b7; --fault: #ff9d57;
  --predicted: #9aa7b7; --page: #ff8a80; --end: #62d394; } }
body { margin: 0 auto; max-width: 1100px; padding: 1rem 1.5rem 3rem; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin-bottom: .2rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .4rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .87rem; }
th, td { padding: .3rem .8rem .3rem 0; text-align: left; border-bottom: 1px solid var(--line); white-space: nowrap; }
th, .soft { color: var(--soft); } .bad td { color: var(--page); font-weight: 600; } svg { max-width: 100%; height: auto; }
.legend span { margin-right: 1.2em; } .fault { color: var(--fault); } .predicted { color: var(--predicted); } .page { color: var(--page); } .end { color: var(--end); }
`;

const WIDTH = 1060;
const ROW = 34;

export function drillPage(drills: Drills): string {
  const { results, undone, scale, commit, machine, drilledAt } = drills;
  const failed = results.filter((result) => shortcomings(result).length > 0);
  const bad = failed.length + undone.length;
  const verdict = bad === 0 ? 'PASS' : `FAIL: ${bad} of ${results.length + undone.length}`;
  const rows = results.map((result) => {
    const cells = rowOf(result).map((cell) => `<td>${escaped(cell)}</td>`);
    return `<tr${shortcomings(result).length > 0 ? ' class="bad"' : ''}>${cells.join('')}</tr>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Alert drills: ${verdict}</title>
<style>${STYLE}</style></head><body>
<h1>Alert drills: ${verdict}</h1>
<p class="soft">${escaped(drilledAt)}, commit ${escaped(commit)}, ${escaped(machine)}, ${scale} times faster than on call</p>
<p>Each alert was made to fire on the real system: a fault was put in, Prometheus evaluated the rules and Alertmanager sent the page, with every
window and wait divided by ${scale}. The page must come within one evaluation and the notification's own wait of the predicted time, only once, and its
end must be told.</p>
<h2>When the page came</h2>
<p class="legend"><span class="fault">▬ the fault</span><span class="predicted">◇ page predicted</span><span class="page">● page</span><span class="end">● end told</span></p>
<div class="wide">${timeline(results)}</div>
<h2>Figures</h2>
<div class="wide"><table><thead><tr>${HEADER.map((cell) => `<th>${cell}</th>`).join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>
<p class="soft">Seconds from the start of the fault. "On call" is the predicted time without the scale and without what the fault itself takes. "Tiers"
fired when the fault ended; "told" counts the notifications about them while it lasted.</p>
${failures(failed, undone)}
<h2>What was done</h2>
<ul>${results.map(({ alert, what }) => `<li>${escaped(alert)}: ${escaped(what)}</li>`).join('\n')}</ul>
</body></html>
`;
}

function failures(failed: DrillResult[], undone: Drills['undone']): string {
  const lines = [
    ...failed.map((result) => `${result.alert} (${result.fault}): ${shortcomings(result).join('; ')}`),
    ...undone.map(({ fault, message }) => `${fault} was not drilled: ${message}`),
  ];
  const items = lines.map((line) => `<li>${escaped(line)}</li>`).join('');
  return lines.length === 0 ? '' : `<h2>What does not hold</h2><ul>${items}</ul>`;
}

function timeline(results: DrillResult[]): string {
  const named = results.map((result) => ({ ...result, name: `${result.alert} ${result.fault}` }));
  const points = (of: (result: DrillResult) => number | null) =>
    named.flatMap((result) => {
      const at = of(result);
      return at === null ? [] : [{ name: result.name, at }];
    });
  const { document } = parseHTML('<html><body></body></html>');
  const svg = Plot.plot({
    document,
    width: WIDTH,
    height: results.length * ROW + 80,
    marginLeft: 330,
    marginBottom: 50,
    style: { fontSize: '13px', background: 'transparent' },
    x: { label: 'seconds from the start of the fault →', labelOffset: 42, grid: true, domain: [0, furthest(results)] },
    y: { label: null, domain: named.map(({ name }) => name) },
    marks: [
      Plot.ruleY(named, {
        y: 'name',
        x1: 0,
        x2: 'heldSeconds',
        stroke: 'var(--fault)',
        strokeWidth: 7,
        strokeOpacity: 0.45,
      }),
      Plot.dot(
        points(({ predicted }) => predicted.pageAfter),
        {
          x: 'at',
          y: 'name',
          r: 8,
          symbol: 'diamond',
          stroke: 'var(--predicted)',
          strokeWidth: 2,
        },
      ),
      Plot.dot(
        points(({ actual }) => actual.pageAfter),
        { x: 'at', y: 'name', r: 4, fill: 'var(--page)' },
      ),
      Plot.dot(
        points(({ actual }) => actual.resolvedAfter),
        { x: 'at', y: 'name', r: 4, fill: 'var(--end)' },
      ),
    ],
  });
  return svg.outerHTML;
}

const furthest = (results: DrillResult[]) =>
  Math.max(1, ...results.flatMap(({ actual, heldSeconds }) => [heldSeconds, actual.resolvedAfter ?? 0])) * 1.05;

const escaped = (text: string) =>
  text.replace(/[&<>"]/g, (found) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[found]!);
