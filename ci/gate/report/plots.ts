// The two drawings of the HTML report as SVG text: the response-time curves of both arms, and the effect of every pair.
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { METRICS } from '../metrics.ts';
import type { Curve, GateResult } from '../result.ts';
import { logRatio, toRatio } from '../statistics.ts';

const WIDTH = 860;
/** Two of these stand side by side on a wide screen. */
const HALF_WIDTH = 500;
const FONT = '13px system-ui, sans-serif';
/** Class names that the page's style sheet colours, so that one drawing is readable in light and in dark. */
const COLOURS = { base: 'var(--base)', head: 'var(--head)', text: 'currentColor', limit: 'var(--limit)' } as const;

/** Below this share nobody waits: the drawing begins here. */
const FIRST_SHARE = 0.1;
const SHARES = [0.1, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999];
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

/**
 * Response time against the share of requests that took at most that long. The horizontal axis is -log10(1 - share), so
 * that 90 %, 99 % and 99.9 % are equally far apart and the slow end can be seen.
 * @param limitMs bound of the latency objective, drawn when it is within reach
 */
export function curvesPlot(curves: GateResult['curves'], limitMs: number | null): string {
  const nines = (share: number) => -Math.log10(1 - share);
  const points = (curve: Curve | null, arm: string) =>
    (curve ?? [])
      .filter(([share, ms]) => share >= FIRST_SHARE && ms > 0)
      .map(([share, ms]) => ({ arm, nines: nines(share), ms }));
  const all = [...points(curves.base, 'base'), ...points(curves.head, 'head')];
  const times = all.map((point) => point.ms);
  const limits = limitMs !== null && Math.max(...times) > limitMs / 20 ? [limitMs] : [];
  const domain: [number, number] = [Math.min(...times) / 1.2, Math.max(...times, ...limits) * 1.4];
  const furthest = Math.max(...all.map((point) => point.nines));
  const arms = curves.base ? (['base', 'head'] as const) : (['head'] as const);
  return svg({
    height: 340,
    marginLeft: 60,
    marginBottom: 54,
    x: {
      label: 'share of requests answered within that time →',
      labelOffset: 44,
      ticks: SHARES.map(nines).filter((at) => at <= furthest),
      tickFormat: (at: number) => `${+((1 - 10 ** -at) * 100).toFixed(2)} %`,
    },
    y: {
      label: '↑ response time from the planned start, ms',
      type: 'log',
      domain,
      grid: true,
      ticks: STEPS.filter((ms) => ms >= domain[0] && ms <= domain[1]),
      tickFormat: String,
    },
    color: { domain: [...arms], range: arms.map((arm) => COLOURS[arm]) },
    marks: [
      Plot.ruleY(limits, { stroke: COLOURS.limit, strokeDasharray: '6 4' }),
      Plot.text(limits, {
        text: (ms: number) => `objective ${ms} ms`,
        x: nines(FIRST_SHARE),
        y: (ms: number) => ms,
        dy: -8,
        textAnchor: 'start',
        fill: COLOURS.limit,
      }),
      Plot.line(all, { x: 'nines', y: 'ms', stroke: 'arm', strokeWidth: 2.2, curve: 'step-after' }),
    ],
  });
}

/**
 * One drawing a judged metric, each with its own scale: a dot a pair, the estimate with its interval beneath; zero and the
 * tolerance are lines.
 */
export function pairsPlots(result: GateResult): string[] {
  return result.effects
    .filter((effect) => effect.judgement !== 'not judged')
    .map((effect) => pairsPlot(result, effect));
}

function pairsPlot(result: GateResult, effect: GateResult['effects'][number]): string {
  const metric = METRICS.find((each) => each.name === effect.metric);
  const dots = result.pairs.map((pair) => ({
    row: `pair ${pair.index + 1}`,
    effect: metric ? toRatio(logRatio(metric.of(pair.base), metric.of(pair.head))) * 100 : Number.NaN,
  }));
  const { lower, upper } = effect;
  const bars =
    lower === null || upper === null
      ? []
      : [{ row: 'all', low: lower * 100, high: upper * 100, effect: effect.estimate * 100 }];
  const tolerances = effect.tolerance === null ? [] : [effect.tolerance * 100];
  // The lower bound of few pairs may lie far below everything else: the axis follows the dots, the bar is cut off.
  const seen = [...dots.map((dot) => dot.effect), ...bars.map((bar) => bar.effect), 0, ...tolerances];
  const room = Math.max(1, (Math.max(...seen) - Math.min(...seen)) * 0.25);
  const domain: [number, number] = [Math.min(...seen) - room, Math.max(...seen) + room];
  return svg({
    width: HALF_WIDTH,
    height: 80 + 18 * (result.pairs.length + 1),
    marginLeft: 56,
    marginTop: 26,
    marginBottom: 40,
    x: { label: 'head against base, % →', labelOffset: 34, domain, grid: true },
    y: { label: null, domain: [...result.pairs.map((pair) => `pair ${pair.index + 1}`), 'all'] },
    marks: [
      Plot.text([effect.label], {
        frameAnchor: 'top-left',
        dy: -20,
        fontWeight: '600',
        text: (label: string) => label,
      }),
      Plot.ruleX([0], { stroke: COLOURS.text }),
      Plot.ruleX(tolerances, { stroke: COLOURS.limit, strokeDasharray: '6 4' }),
      Plot.dot(dots, { x: 'effect', y: 'row', fill: COLOURS.head, r: 4 }),
      Plot.ruleY(bars, {
        x1: (bar: { low: number }) => Math.max(bar.low, domain[0]),
        x2: (bar: { high: number }) => Math.min(bar.high, domain[1]),
        y: 'row',
        stroke: COLOURS.text,
        strokeWidth: 3,
      }),
      Plot.dot(bars, { x: 'effect', y: 'row', fill: COLOURS.text, r: 5 }),
    ],
  });
}

function svg(options: Plot.PlotOptions): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const style = { background: 'transparent', color: 'inherit', font: FONT, overflow: 'visible' };
  const drawn = Plot.plot({ width: WIDTH, document, style: style as never, ...options });
  return drawn.outerHTML;
}
