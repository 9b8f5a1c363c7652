// The drawings of an explanation as SVG text: rate over time, requests by role, people under way.
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Explained } from './explain.ts';

const WIDTH = 860;
const FONT = '13px system-ui, sans-serif';

/** By place of the role; readable in light and in dark. */
export const ROLE_COLOURS = ['var(--blue)', 'var(--orange)', '#2a9d6f', '#b06ad8', '#8a8f98'];

const seconds = (ms: number) => ms / 1000;
const timeAxis = (of: Explained) => ({ label: 'seconds →', labelOffset: 40, domain: [0, seconds(of.durationMs)] });

/** The rate that the scenario asks for as a line, and what was drawn as an area beneath. */
export function ratePlot(of: Explained): string {
  const line = of.phases.flatMap((phase) =>
    phase.rates.map(({ atMs, ratePerSecond }) => ({ at: seconds(atMs), ratePerSecond })),
  );
  const drawn = bars(of, (slice) => [slice.ratePerSecond]);
  const names = of.phases.map((phase) => ({ at: seconds((phase.fromMs + phase.toMs) / 2), name: phase.name }));
  return svg({
    height: 310,
    marginTop: 44,
    marginLeft: 60,
    marginBottom: 50,
    x: timeAxis(of),
    y: { label: '↑ requests per second', grid: true, zero: true },
    marks: [
      Plot.rectY(drawn, { x1: 'from', x2: 'to', y1: 'low', y2: 'high', fill: 'var(--blue)', fillOpacity: 0.25 }),
      Plot.line(line, { x: 'at', y: 'ratePerSecond', stroke: 'var(--orange)', strokeWidth: 2.2 }),
      ...(of.warmUpMs > 0
        ? [Plot.ruleX([seconds(of.warmUpMs)], { stroke: 'var(--limit)', strokeDasharray: '6 4' })]
        : []),
      ...(names.length <= 8
        ? [Plot.text(names, { x: 'at', text: 'name', frameAnchor: 'top', fill: 'currentColor', dy: -14 })]
        : []),
    ],
  });
}

/** Requests per second of each role, one upon the other. */
export function mixPlot(of: Explained): string {
  const roles = of.roles.map(({ role }) => role);
  const stacked = bars(of, (slice) => roles.map((role) => slice.byRole[role] ?? 0)).map((bar) => ({
    ...bar,
    role: roles[bar.place]!,
  }));
  return svg({
    height: 260,
    marginLeft: 60,
    marginBottom: 50,
    x: timeAxis(of),
    y: { label: '↑ requests per second', grid: true },
    color: { domain: roles, range: ROLE_COLOURS.slice(0, roles.length) },
    marks: [Plot.rectY(stacked, { x1: 'from', x2: 'to', y1: 'low', y2: 'high', fill: 'role', fillOpacity: 0.85 })],
  });
}

export function peoplePlot(of: Explained): string {
  const points = of.slices.slice(0, -1).map(({ toMs, underWay }) => ({ at: seconds(toMs), underWay }));
  return svg({
    height: 200,
    marginLeft: 60,
    marginBottom: 50,
    x: timeAxis(of),
    y: { label: '↑ people', grid: true, zero: true },
    marks: [Plot.line(points, { x: 'at', y: 'underWay', stroke: 'var(--blue)', strokeWidth: 2.2 })],
  });
}

/** The values of each slice as bars, one upon the other. */
const bars = (of: Explained, values: (slice: Explained['slices'][number]) => number[]) =>
  of.slices.flatMap((slice) => {
    let high = 0;
    return values(slice).map((value, place) => {
      const low = high;
      high += value;
      return { from: seconds(slice.fromMs), to: seconds(slice.toMs), low, high, place };
    });
  });

function svg(options: Plot.PlotOptions): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const style = { background: 'transparent', color: 'inherit', font: FONT, overflow: 'visible' };
  return Plot.plot({ width: WIDTH, document, style: style as never, ...options }).outerHTML;
}
