// The drawings of a run as SVG text: response times and rates over time, the distribution, and the server's side on the same axis.
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Phase } from '../../workload/plan.ts';
import type { Histogram } from '../histogram.ts';
import type { PanelLines } from '../server/panels.ts';
import { isEnough } from '../validity.ts';
import type { Windows } from '../windows.ts';

const WIDTH = 940;
const FONT = '13px system-ui, sans-serif';
const MARGIN_LEFT = 62;
const LIMIT = 'var(--limit)';
/** Colours of the style sheet below, so that one drawing is readable in light and in dark. */
export const COLOURS = Array.from({ length: 12 }, (_, index) => `var(--c${index})`);
export const PLOT_STYLE = `
:root { --c0: #2166c2; --c1: #c75000; --c2: #1a7f45; --c3: #a0185a; --c4: #7a5cc9; --c5: #8a6100; --c6: #0f7f8c; --c7: #6b7280; --c8: #b3261e; --c9: #4b7a00; --c10: #2f3e9e; --c11: #9a5b3c; --shade: #5d6a7a; }
@media (prefers-color-scheme: dark) { :root { --c0: #6cabff; --c1: #ff9d57; --c2: #5fce8d; --c3: #ff7ab6; --c4: #b49bff; --c5: #e0b64a; --c6: #4fd0de; --c7: #b3bcc9; --c8: #ff8a80; --c9: #b5d97a; --c10: #9fb0ff; --c11: #d9a98c; --shade: #9aa7b7; } }
`;

/** The time axis that every drawing of a run has, with its phases. */
export interface TimeAxis {
  durationMs: number;
  phases: readonly Phase[];
}

const LONG_MS = 600_000;
const inUnit = ({ durationMs }: TimeAxis, ms: number) => ms / (durationMs > LONG_MS ? 60_000 : 1000);

function timeOptions(axis: TimeAxis): Plot.PlotOptions['x'] {
  const label = axis.durationMs > LONG_MS ? 'minutes from the start →' : 'seconds from the start →';
  return { label, labelOffset: 40, domain: [0, inUnit(axis, axis.durationMs)] };
}

/** Every second phase is shaded; their names stand above. */
function phaseMarks(axis: TimeAxis, withNames: boolean): Plot.Markish[] {
  const spans = axis.phases.map(({ name, fromMs, toMs }, index) => ({
    ...{ name, isShaded: index % 2 === 0 },
    ...{ from: inUnit(axis, fromMs), to: inUnit(axis, toMs) },
  }));
  const shaded = spans.filter(({ isShaded }) => isShaded);
  const wide = spans.filter(({ name, from, to }) => (to - from) / inUnit(axis, axis.durationMs) > name.length / 130);
  const names = Plot.text(wide, {
    ...{ x: ({ from, to }) => (from + to) / 2, text: 'name', frameAnchor: 'top', dy: -14, fill: 'var(--soft)' },
  });
  return [
    Plot.rectX(shaded, { x1: 'from', x2: 'to', fill: 'var(--shade)', fillOpacity: 0.1 }),
    ...(withNames ? [names] : []),
  ];
}

interface Point {
  line: string;
  x: number;
  y: number | undefined;
}

function lines(points: readonly Point[], names: readonly string[]): Plot.Markish {
  return Plot.line(points, {
    ...{ x: 'x', y: 'y', stroke: ({ line }: Point) => COLOURS[names.indexOf(line) % COLOURS.length], z: 'line' },
    strokeWidth: 1.7,
  });
}

const QUANTILES: [name: string, q: number][] = [
  ['p50', 0.5],
  ['p95', 0.95],
  ['p99', 0.99],
];
export const CURVES = QUANTILES.map(([name]) => name);

const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 60_000];

function timeScale(values: readonly number[]): Plot.PlotOptions['y'] {
  const domain: [number, number] = [Math.min(...values) / 1.3, Math.max(...values) * 1.5];
  const ticks = STEPS.filter((ms) => ms >= domain[0] && ms <= domain[1]);
  return { type: 'log', domain, grid: true, tickFormat: String, ...(ticks.length > 1 && { ticks }) };
}

function quantilePoints(line: string, { list, widthMs }: Windows, axis: TimeAxis, q: number): Point[] {
  return list.map(({ startMs, response }) => {
    const ms = isEnough(response.count, q) ? response.quantile(q) : undefined;
    const isShown = ms !== undefined && Number.isFinite(ms) && ms > 0;
    return { line, x: inUnit(axis, startMs + widthMs / 2), y: isShown ? ms : undefined };
  });
}

/**
 * p50, p95 and p99 of the response time of each window, by when the requests were planned. A quantile of a window with
 * fewer than five requests beyond it is left out; one of requests without an answer has a gap.
 * @param limitMs bound of the latency objective, drawn when it is within reach
 */
export function coursePlot(windows: Windows, axis: TimeAxis, limitMs: number | null): string {
  const points = QUANTILES.flatMap(([name, q]) => quantilePoints(name, windows, axis, q));
  const seen = points.flatMap(({ y }) => (y === undefined ? [] : [y]));
  if (seen.length === 0) return '';
  const limits = limitMs !== null && Math.max(...seen) > limitMs / 20 ? [limitMs] : [];
  return svg({
    ...{ height: 300, marginTop: 34, x: timeOptions(axis) },
    y: { ...timeScale([...seen, ...limits]), label: '↑ response time from the planned start, ms' },
    marks: [...phaseMarks(axis, true), ...limitMarks(limits), lines(points, CURVES)],
  });
}

function limitMarks(limits: number[]): Plot.Markish[] {
  return [
    Plot.ruleY(limits, { stroke: LIMIT, strokeDasharray: '6 4' }),
    Plot.text(limits, {
      ...{ text: (ms: number) => `objective ${ms} ms`, y: (ms: number) => ms, frameAnchor: 'left' },
      ...{ dx: 6, dy: -8, textAnchor: 'start', fill: LIMIT },
    }),
  ];
}

/** One quantile of several runs over time, on the axis of the first. */
export function quantileOverTimePlot(
  runs: readonly [name: string, windows: Windows][],
  axis: TimeAxis,
  q: number,
): string {
  const points = runs.flatMap(([name, windows]) => quantilePoints(name, windows, axis, q));
  const seen = points.flatMap(({ y }) => (y === undefined ? [] : [y]));
  if (seen.length === 0) return '';
  return svg({
    ...{ height: 260, marginTop: 34, x: timeOptions(axis) },
    y: { ...timeScale(seen), label: '↑ response time from the planned start, ms' },
    marks: [
      ...phaseMarks(axis, true),
      lines(
        points,
        runs.map(([name]) => name),
      ),
    ],
  });
}

export const RATES = ['planned', 'started', 'errors'];

/** Requests planned, started and failed per second of each window. */
export function ratePlot(windows: Windows, axis: TimeAxis): string {
  const points = RATES.flatMap((line) =>
    windows.list.map((window): Point => {
      const widthMs = Math.min(windows.widthMs, axis.durationMs - window.startMs);
      const count = window[line as 'planned' | 'started' | 'errors'];
      return { line, x: inUnit(axis, window.startMs + widthMs / 2), y: (count / widthMs) * 1000 };
    }),
  );
  return svg({
    ...{ height: 200, x: timeOptions(axis), y: { label: '↑ requests per second', grid: true, zero: true } },
    marks: [...phaseMarks(axis, false), lines(points, RATES)],
  });
}

/** One figure of the server's side. */
export function panelPlot(panel: PanelLines, atMs: readonly number[], axis: TimeAxis): string {
  const names = panel.lines.map(({ name }) => name);
  const points = panel.lines.flatMap(({ name, values }) =>
    values.flatMap((value, index): Point[] => {
      const at = atMs[index]!;
      return at < 0 || at > axis.durationMs ? [] : [{ line: name, x: inUnit(axis, at), y: value ?? undefined }];
    }),
  );
  return svg({
    ...{
      height: 150,
      x: { ...timeOptions(axis), label: null },
      y: { label: `↑ ${panel.unit}`, grid: true, zero: true },
    },
    marks: [...phaseMarks(axis, false), lines(points, names)],
  });
}

const SHARES = [0.1, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999];
const nines = (share: number) => -Math.log10(1 - share);
const FIRST_SHARE = 0.1;
const POINTS = 300;

/**
 * Response time against the share of requests that took at most that long. The horizontal axis is -log10(1 - share), so
 * that 90 %, 99 % and 99.9 % are equally far apart; it ends where fewer than one request lies beyond.
 */
export function distributionPlot(
  curves: readonly [name: string, histogram: Histogram][],
  limitMs: number | null,
): string {
  const names = curves.map(([name]) => name);
  const points = curves.flatMap(([line, histogram]) => {
    const end = nines(1 - 1 / Math.max(2, histogram.count));
    return Array.from({ length: POINTS + 1 }, (_, index): Point => {
      const x = nines(FIRST_SHARE) + ((end - nines(FIRST_SHARE)) * index) / POINTS;
      const ms = histogram.quantile(1 - 10 ** -x);
      return { line, x, y: ms !== undefined && Number.isFinite(ms) && ms > 0 ? ms : undefined };
    });
  });
  const seen = points.flatMap(({ y }) => (y === undefined ? [] : [y]));
  if (seen.length === 0) return '';
  const limits = limitMs !== null && Math.max(...seen) > limitMs / 20 ? [limitMs] : [];
  const furthest = Math.max(...points.map(({ x }) => x));
  return svg({
    height: 300,
    x: {
      ...{ label: 'share of requests answered within that time →', labelOffset: 40 },
      ticks: SHARES.map(nines).filter((at) => at <= furthest),
      tickFormat: (at: number) => `${+((1 - 10 ** -at) * 100).toFixed(3)} %`,
    },
    y: { ...timeScale([...seen, ...limits]), label: '↑ response time from the planned start, ms' },
    marks: [...limitMarks(limits), lines(points, names)],
  });
}

function svg(options: Plot.PlotOptions): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const style = { background: 'transparent', color: 'inherit', font: FONT, overflow: 'visible' };
  const common = { width: WIDTH, marginLeft: MARGIN_LEFT, marginBottom: 46, document, style: style as never };
  return Plot.plot({ ...common, ...options }).outerHTML;
}
