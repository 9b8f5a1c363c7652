// The two drawings of the report as SVG text: minutes to the page and false pages a month, both by request rate.
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { MAKERS } from './rule-set.ts';
import type { FaultRow, QuietRow } from './table.ts';

const WIDTH = 900;
/** Variables of the page's style sheet, so that one drawing is readable in light and in dark. */
const COLOURS = { domain: [...MAKERS], range: ['var(--ours)', 'var(--sloth)', 'var(--pyrra)'] };
/** On a logarithmic axis zero has no place: no false page at all is drawn here. */
const NONE = 0.01;

/** Median time to the page of one fault, with a bar up to its 95th percentile. */
export function pagePlot(rows: readonly FaultRow[]): string {
  const points = rows.flatMap(({ ratePerSecond: rate, pageMinutes, maker, objectives }) =>
    rate === null || !pageMinutes ? [] : [{ rate, maker, about: objectives.join(', '), ...pageMinutes }],
  );
  const label = '↑ minutes to the page: median, and up to the 95th percentile';
  const most = Math.max(...points.map(({ p95 }) => p95));
  return byRate(
    points,
    label,
    [1, 2, 5, 10, 20, 50, 100, 200],
    [3, most * 1.2],
    [
      Plot.link(points, { x: 'rate', y1: 'median', y2: 'p95', fx: 'about', stroke: 'maker', strokeOpacity: 0.45 }),
      Plot.line(points, { x: 'rate', y: 'median', fx: 'about', stroke: 'maker', strokeWidth: 2 }),
      Plot.dot(points, { x: 'rate', y: 'median', fx: 'about', fill: 'maker', r: 3.5 }),
    ],
  );
}

/** False pages a month, with the limit as a line. */
export function quietPlot(rows: readonly QuietRow[], limit: number): string {
  const points = rows.flatMap(({ ratePerSecond: rate, pagesAMonth, maker, objectives }) =>
    rate === null ? [] : [{ rate, maker, about: objectives.join(', '), pages: Math.max(pagesAMonth, NONE) }],
  );
  const label = '↑ false pages a month (bottom: none seen)';
  const most = Math.max(1, ...points.map(({ pages }) => pages));
  return byRate(
    points,
    label,
    [0.01, 0.1, 1, 10, 100],
    [NONE, most * 2],
    [
      Plot.ruleY([limit], { stroke: 'var(--limit)', strokeDasharray: '6 4' }),
      Plot.line(points, { x: 'rate', y: 'pages', fx: 'about', stroke: 'maker', strokeWidth: 2 }),
      Plot.dot(points, { x: 'rate', y: 'pages', fx: 'about', fill: 'maker', r: 3.5 }),
    ],
  );
}

function byRate(
  points: { rate: number; about: string }[],
  label: string,
  ticks: number[],
  domain: [low: number, high: number],
  marks: Plot.Markish[],
) {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const style = {
    background: 'transparent',
    color: 'inherit',
    font: '13px system-ui, sans-serif',
    overflow: 'visible',
  };
  const rates = [...new Set(points.map(({ rate }) => rate))];
  const drawn = Plot.plot({
    width: WIDTH,
    height: 340,
    marginLeft: 50,
    marginBottom: 50,
    marginTop: 56,
    document,
    style: style as never,
    x: { type: 'log', label: 'requests a second →', labelOffset: 42, ticks: rates, tickFormat: String },
    y: {
      type: 'log',
      label,
      domain,
      grid: true,
      ticks: ticks.filter((tick) => tick >= domain[0] && tick <= domain[1]),
      tickFormat: String,
    },
    fx: { label: null, tickPadding: 12, domain: [...new Set(points.map(({ about }) => about))] },
    color: COLOURS,
    marks,
  });
  return drawn.outerHTML;
}
