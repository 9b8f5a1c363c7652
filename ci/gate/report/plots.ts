// The two drawings of the HTML report as SVG text: the response-time curves of both arms, and the effect of every pair.
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { percent } from '../decide.ts';
import { METRICS } from '../metrics.ts';
import type { Curve, GateResult } from '../result.ts';
import { logRatio, toRatio } from '../statistics.ts';

const WIDTH = 860;
const FONT = '13px system-ui, sans-serif';
/** Class names that the page's style sheet colours, so that one drawing is readable in light and in dark. */
const COLOURS = { base: 'var(--base)', head: 'var(--head)', text: 'currentColor', limit: 'var(--limit)' } as const;

/**
 * Response time against the share of requests that took at most that long. The horizontal axis is -log10(1 - share), so
 * that 90 %, 99 % and 99.9 % are equally far apart and the slow end can be seen.
 * @param limitMs bound of the latency objective, drawn when it is within reach
 */
export function curvesPlot(curves: GateResult['curves'], limitMs: number | null): string {
  const points = (curve: Curve | null, arm: string) =>
    (curve ?? []).map(([share, ms]) => ({ arm, nines: -Math.log10(1 - share), ms: Math.max(ms, 0.01) }));
  const all = [...points(curves.base, 'base'), ...points(curves.head, 'head')];
  const furthest = Math.max(...all.map((point) => point.nines));
  const slowest = Math.max(...all.map((point) => point.ms));
  const arms = curves.base ? (['base', 'head'] as const) : (['head'] as const);
  const ticks = [0, 0.5, 0.9, 0.95, 0.99, 0.999, 0.9999].filter((share) => -Math.log10(1 - share) <= furthest);
  return svg({
    height: 340,
    marginLeft: 60,
    marginRight: 50,
    x: {
      label: 'share of requests answered within that time →',
      ticks: ticks.map((share) => -Math.log10(1 - share)),
      tickFormat: (nines: number) => `${+((1 - 10 ** -nines) * 100).toFixed(2)} %`,
    },
    y: {
      label: '↑ response time from the planned start, ms',
      type: 'log',
      grid: true,
      nice: true,
      tickFormat: (ms: number) => (/^[125]/.test(String(ms).replace(/^0\.0*/, '')) ? `${ms}` : ''),
    },
    color: { domain: [...arms], range: arms.map((arm) => COLOURS[arm]) },
    marks: [
      ...(limitMs !== null && slowest > limitMs / 20
        ? [
            Plot.ruleY([limitMs], { stroke: COLOURS.limit, strokeDasharray: '6 4' }),
            Plot.text([`objective ${limitMs} ms`], {
              x: 0,
              y: limitMs,
              dy: -8,
              textAnchor: 'start',
              fill: COLOURS.limit,
            }),
          ]
        : []),
      Plot.line(all, { x: 'nines', y: 'ms', stroke: 'arm', strokeWidth: 2.2, curve: 'monotone-x' }),
      Plot.text(
        all,
        Plot.selectLast({ x: 'nines', y: 'ms', z: 'arm', text: 'arm', dx: 8, textAnchor: 'start', fill: 'arm' }),
      ),
    ],
  });
}

/** One dot a pair and primary metric, with the estimate and its interval beneath; zero and the tolerance are lines. */
export function pairsPlot(result: GateResult): string {
  const primary = METRICS.filter((metric) => metric.primary);
  const dots = primary.flatMap((metric) =>
    result.pairs.map((pair) => ({
      metric: metric.label,
      row: `pair ${pair.index + 1}`,
      effect: toRatio(logRatio(metric.of(pair.base), metric.of(pair.head))) * 100,
    })),
  );
  const bars = primary.flatMap((metric) => {
    const effect = result.effects.find((each) => each.metric === metric.name);
    if (effect?.lower == null || effect.upper === null) return [];
    const [low, high] = [effect.lower * 100, effect.upper * 100];
    return [{ metric: metric.label, row: 'all', low, high, effect: effect.estimate * 100 }];
  });
  // The lower bound of few pairs may lie far below everything else: the axis follows the dots, the bar is cut off.
  const seen = [...dots.map((dot) => dot.effect), ...bars.map((bar) => bar.effect), 0, result.rule.tolerance * 100];
  const room = Math.max(5, (Math.max(...seen) - Math.min(...seen)) * 0.25);
  const domain: [number, number] = [Math.min(...seen) - room, Math.max(...seen) + room];
  const tolerance = result.rule.tolerance * 100;
  return svg({
    height: 80 + 22 * (result.pairs.length + 1),
    marginLeft: 60,
    marginTop: 48,
    x: { label: 'head against base, % (right is slower or dearer) →', domain, grid: true },
    y: { label: null, domain: [...result.pairs.map((pair) => `pair ${pair.index + 1}`), 'all'] },
    fx: { label: null, domain: primary.map((metric) => metric.label) },
    marks: [
      Plot.ruleX([0], { stroke: COLOURS.text }),
      Plot.ruleX([tolerance], { stroke: COLOURS.limit, strokeDasharray: '6 4' }),
      Plot.text([`tolerance ${percent(result.rule.tolerance)}`], {
        x: tolerance,
        frameAnchor: 'top',
        dy: -4,
        lineAnchor: 'bottom',
        textAnchor: 'middle',
        fill: COLOURS.limit,
      }),
      Plot.dot(dots, { x: 'effect', y: 'row', fx: 'metric', fill: COLOURS.head, r: 4 }),
      Plot.ruleY(bars, {
        x1: (bar: { low: number }) => Math.max(bar.low, domain[0]),
        x2: (bar: { high: number }) => Math.min(bar.high, domain[1]),
        y: 'row',
        fx: 'metric',
        stroke: COLOURS.text,
        strokeWidth: 3,
      }),
      Plot.dot(bars, { x: 'effect', y: 'row', fx: 'metric', fill: COLOURS.text, r: 5 }),
    ],
  });
}

function svg(options: Plot.PlotOptions): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const style = { background: 'transparent', color: 'inherit', font: FONT, overflow: 'visible' };
  const drawn = Plot.plot({ width: WIDTH, document, style: style as never, ...options });
  return drawn.outerHTML;
}
