// A comparison of two runs as text and as HTML. It gives no verdict, and says why.
import { htmlList, htmlPage, htmlSection, htmlTable } from '../../../cli/html.ts';
import { table } from '../../../cli/table.ts';
import { phasesOf } from '../../workload/plan.ts';
import { msText, percent } from '../cells.ts';
import { COLOURS, distributionPlot, PLOT_STYLE, quantileOverTimePlot } from '../report/plots.ts';
import type { RunResult } from '../result.ts';
import type { Cell, Comparison, Pair, Row, RunHead } from './compare.ts';

export const NO_VERDICT =
  'One run of each is no verdict: the intervals know how a run scatters while it lasts, not how starts of the server differ. npm run gate decides.';

const HEADER = ['phase', 'step', '', 'A ms', '95 % interval', 'B ms', '95 % interval', 'B / A', '95 % interval'];

function cells({ value, lower, upper }: Cell): [string, string] {
  const text = value === null ? '-' : value === 'never' ? value : msText(value);
  return [text, lower === undefined ? '' : `${msText(lower)} to ${msText(upper!)}`];
}

const change = (ratio: number) => `${ratio >= 1 ? '+' : ''}${((ratio - 1) * 100).toFixed(1)} %`;

function rowOf({ phase, step, quantile, a, b, ratio }: Row): string[] {
  const { lower, upper } = ratio ?? {};
  const bounds = lower === undefined || upper === undefined ? '' : `${change(lower)} to ${change(upper)}`;
  const interval = [ratio ? change(ratio.value) : '', bounds];
  return [phase, step, `p${+(quantile * 100).toFixed(3)}`, ...cells(a), ...cells(b), ...interval];
}

function pairRow({ name, unit, a, b }: Pair): string[] {
  const text = (value: number | null) =>
    value === null ? '-' : unit === 'share' ? percent(value) : `${value.toFixed(2)} ${unit}`;
  return [name, text(a), text(b), a !== null && b !== null && a > 0 ? change(b / a) : ''];
}

const objectiveRow = ({ name, a, b }: Comparison['objectives'][number]): string[] => [
  name,
  ...[a, b].map((one) => (one === null ? '-' : `${percent(one.value)} ${one.met ? 'met' : 'MISSED'}`)),
];

const headText = (name: string, { scenario, service, startedAt, seed, commit, dirty }: RunHead): string =>
  `${name}: ${scenario} on ${service}, ${startedAt}, seed ${seed}, commit ${commit.slice(0, 12) || 'not known'}${dirty ? ' with changes' : ''}`;

/** @param next the path of the HTML report */
export function comparisonText(comparison: Comparison, files: { report: string }): string {
  const { a, b, rows, pairs, objectives, notes } = comparison;
  return [
    headText('A', a),
    headText('B', b),
    ...notes.map((note) => `  note: ${note}`),
    '',
    table(HEADER, rows.map(rowOf)),
    'response times from the planned start; "-": too few values; intervals only for phases that are held',
    '',
    table(['', 'A', 'B', 'B / A'], pairs.map(pairRow)),
    '',
    table(['objective', 'A', 'B'], objectives.map(objectiveRow)),
    '',
    NO_VERDICT,
    '',
    `report: ${files.report}`,
    'next: npm run gate, for a verdict',
  ].join('\n');
}

/** Rows whose whole interval of the ratio lies off 1: worth a look, not a verdict. */
const isApart = ({ ratio }: Row) => (ratio?.lower ?? 0) > 1 || (ratio?.upper ?? 2) < 1;

export function comparisonHtml(comparison: Comparison, runs: { a: RunResult; b: RunResult }): string {
  const { a, b, rows, pairs, objectives, notes } = comparison;
  const both: [string, RunResult][] = [
    ['A', runs.a],
    ['B', runs.b],
  ];
  const legend = `<p class="legend">${both.map(([name], i) => `<span style="color:${COLOURS[i]}">${name}</span>`).join('')}</p>`;
  const distribution = distributionPlot(
    both.map(([name, { folded }]) => [name, folded.total.response]),
    null,
  );
  const axis = { durationMs: runs.a.plan.durationMs, phases: phasesOf(runs.a.plan) };
  const overTime = quantileOverTimePlot(
    both.map(([name, { folded }]) => [name, folded.windows]),
    axis,
    0.95,
  );
  return htmlPage({
    title: `${a.scenario} on ${a.service}: two runs`,
    subtitle: NO_VERDICT,
    state: 'open',
    style: `${PLOT_STYLE}\n.apart td { font-weight: 600; }`,
    main: [
      htmlList([headText('A', a), headText('B', b), ...notes]),
      htmlSection('Response p95 over time', `${legend}<figure>${overTime}</figure>`),
      htmlSection('Distribution', `${legend}<figure>${distribution}</figure>`),
      htmlSection(
        'Response times',
        htmlTable(HEADER, rows.map(rowOf), (_, index) => (isApart(rows[index]!) ? 'apart' : undefined)) +
          '<p class="soft">Bold: the interval of B / A lies off 1. From the planned start; "-": too few values; intervals only for phases that are held.</p>',
      ),
      htmlSection('CPU, lag, errors', htmlTable(['', 'A', 'B', 'B / A'], pairs.map(pairRow))),
      htmlSection('Objectives', htmlTable(['objective', 'A', 'B'], objectives.map(objectiveRow))),
    ].join('\n'),
  });
}
