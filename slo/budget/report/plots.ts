// The drawings of the monthly report as SVG text: what is left of each budget over the month, and the bad events of each day.
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Account } from '../account.ts';
import type { MonthBudget } from '../month-budget.ts';

const WIDTH = 920;
const FONT = '13px system-ui, sans-serif';
/** Below this the line goes on outside: how far a budget is overdrawn stands in the table. */
const LOWEST = -0.5;
const TEXT_GAP = 0.055;

/** One line an objective from 100 % down; maintenance is shaded, incidents are triangles on the line of 0. */
export function coursePlot({ month, accounts, incidents }: MonthBudget): string {
  const seen = accounts.filter(({ total }) => total > 0);
  const start = new Date(month.fromSeconds * 1000);
  const points = seen.flatMap(({ objective, course, knownSinceSeconds }) => [
    { objective, at: new Date((knownSinceSeconds ?? month.fromSeconds) * 1000), left: 1 },
    ...course
      .filter(({ atSeconds }) => atSeconds > (knownSinceSeconds ?? 0))
      .map(({ atSeconds, left }) => ({ objective, at: new Date(atSeconds * 1000), left: Math.max(LOWEST, left) })),
  ]);
  const lowest = Math.min(0, ...points.map(({ left }) => left));
  const windows = new Map(
    seen.flatMap(({ excluded }) => excluded.map((window) => [`${window.fromSeconds} ${window.toSeconds}`, window])),
  );
  const ends = spread(
    seen.map(({ objective, course }) => ({ objective, last: course.at(-1)! })),
    lowest,
  );
  return svg({
    height: 360,
    marginLeft: 56,
    marginRight: 130,
    marginBottom: 44,
    x: {
      type: 'utc',
      domain: [start, new Date(month.toSeconds * 1000)],
      label: 'day of the month (UTC) →',
      labelOffset: 38,
      ticks: 'day',
      tickFormat: (day: Date) =>
        day.getUTCDate() % 2 === 1 && day.getTime() < month.toSeconds * 1000 ? String(day.getUTCDate()) : '',
    },
    y: {
      label: '↑ left of the month’s budget',
      domain: [lowest - 0.03, 1.03],
      grid: true,
      tickFormat: (left: number) => `${Math.round(left * 100)} %`,
    },
    color: { domain: seen.map(({ objective }) => objective), range: seen.map((_, index) => `var(--line-${index})`) },
    marks: [
      Plot.rect([...windows.values()], {
        x1: (window: { fromSeconds: number }) => new Date(window.fromSeconds * 1000),
        x2: (window: { toSeconds: number }) => new Date(window.toSeconds * 1000),
        y1: lowest - 0.03,
        y2: 1.03,
        fill: 'var(--shade)',
      }),
      Plot.ruleY([0], { stroke: 'var(--bad)', strokeDasharray: '6 4' }),
      Plot.line(points, { x: 'at', y: 'left', stroke: 'objective', strokeWidth: 2, curve: 'step-after' }),
      Plot.dot(
        incidents.map(({ fromUtc }) => new Date(fromUtc)).filter((at) => at >= start),
        { x: (at: Date) => at, y: 0, fill: 'var(--bad)', symbol: 'triangle', r: 6 },
      ),
      Plot.text(ends, {
        x: (end: { atSeconds: number }) => new Date(end.atSeconds * 1000),
        y: 'label',
        text: 'objective',
        fill: 'objective',
        textAnchor: 'start',
        dx: 6,
      }),
    ],
  });
}

/** Names at the ends of the lines, moved apart where lines end together. */
function spread(
  lines: { objective: string; last: { atSeconds: number; left: number } }[],
  lowest: number,
): { objective: string; atSeconds: number; label: number }[] {
  const sorted = [...lines].sort((a, b) => b.last.left - a.last.left);
  let above = Number.POSITIVE_INFINITY;
  const room = TEXT_GAP * (1.06 - lowest);
  return sorted.map(({ objective, last }) => {
    above = Math.min(Math.max(LOWEST, last.left), above - room);
    return { objective, atSeconds: last.atSeconds, label: above };
  });
}

/** A bar a day. */
export function daysPlot({ perDay }: Account): string {
  return svg({
    height: 150,
    marginLeft: 80,
    marginBottom: 30,
    x: { type: 'band', label: null, tickFormat: (day: string) => String(Number(day.slice(8))) },
    y: { label: null, grid: true, ticks: 4 },
    marks: [
      Plot.barY(perDay, { x: 'day', y: 'bad', fill: 'var(--line-1)' }),
      Plot.ruleY([0], { stroke: 'currentColor' }),
    ],
  });
}

function svg(options: Plot.PlotOptions): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const style = { background: 'transparent', color: 'inherit', font: FONT, overflow: 'visible' };
  const drawn = Plot.plot({ width: WIDTH, document, style: style as never, ...options });
  return drawn.outerHTML;
}
