// The report of the drills as one page: each fault on its own line of time, predicted and actual, and the table. Pure.
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { htmlList, htmlPage, htmlSection, htmlTable } from '../../cli/html.ts';
import { type DrillResult, type Drills, shortcomings } from './result.ts';
import { HEADER, rowOf } from './table.ts';

const STYLE = `
:root { --fault: var(--orange); --predicted: var(--soft); --page: var(--bad); --end: var(--pass); }
table { font-size: .87rem; }
th, td { white-space: nowrap; }
.legend span::before { content: none; }
.fault { color: var(--fault); }
.predicted { color: var(--predicted); }
.page { color: var(--page); }
.end { color: var(--end); }
`;

const WIDTH = 1060;
const ROW = 34;

export function drillPage(drills: Drills): string {
  const { results, undone, scale, commit, machine, drilledAt } = drills;
  const failed = results.filter(isBad);
  const bad = failed.length + undone.length;
  const verdict = bad === 0 ? 'PASS' : `FAIL: ${bad} of ${results.length + undone.length}`;
  const rows = results.map(rowOf);
  return htmlPage({
    title: `Alert drills: ${verdict}`,
    subtitle: `${drilledAt}, commit ${commit}, ${machine}, ${scale} times faster than on call`,
    state: bad === 0 ? 'pass' : 'bad',
    style: STYLE,
    main: [
      ABOUT(scale),
      htmlSection('When the page came', `${LEGEND}<div class="wide">${timeline(results)}</div>`),
      htmlSection(
        'Figures',
        htmlTable(HEADER, rows, (_, index) => (isBad(results[index]!) ? 'bad' : undefined)) + HELP,
      ),
      failures(failed, undone),
      htmlSection('What was done', htmlList(results.map(({ alert, what }) => `${alert}: ${what}`))),
    ].join('\n'),
  });
}

const ABOUT = (scale: number) =>
  `<p>Each alert was made to fire on the real system: a fault was put in, Prometheus evaluated the rules and Alertmanager sent the page, with every
window and wait divided by ${scale}. The page must come within one evaluation and the notification's own wait of the predicted time, only once, and its
end must be told.</p>`;

const LEGEND = `<p class="legend"><span class="fault">▬ the fault</span><span class="predicted">◇ page predicted</span><span class="page">● page</span><span class="end">● end told</span></p>`;

const HELP = `<p class="soft">Seconds from the start of the fault. "On call" is the predicted time without the scale and without what the fault itself takes. "Tiers"
fired when the fault ended; "told" counts the notifications about them while it lasted.</p>`;

const isBad = (result: DrillResult) => shortcomings(result).length > 0;

function failures(failed: DrillResult[], undone: Drills['undone']): string {
  const lines = [
    ...failed.map((result) => `${result.alert} (${result.fault}): ${shortcomings(result).join('; ')}`),
    ...undone.map(({ fault, message }) => `${fault} was not drilled: ${message}`),
  ];
  return lines.length === 0 ? '' : htmlSection('What does not hold', htmlList(lines));
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
