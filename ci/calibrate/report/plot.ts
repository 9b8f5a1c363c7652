// One drawing: of every rule how often it blocks equal builds, and how often it finds a slowdown of known size. SVG text.
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Share } from '../intervals.ts';
import type { CalibrationTable, Cell } from '../table.ts';

const WIDTH = 900;
const OURS = 'this gate';

/** @param kind the slowdown whose detection is drawn, for example `times +20 %` */
export function rulesPlot({ cells }: CalibrationTable, kind: string): string {
  const bars = cells.flatMap((cell) => {
    const what = cell.isEqual ? 'false' : 'found';
    return cell.isEqual || cell.kind === kind ? barsOf(cell, what) : [];
  });
  const rules = [...new Set(bars.map(({ rule }) => rule))];
  const neighbours = [...new Set(cells.map((cell) => cell.neighbours))];
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const style = {
    background: 'transparent',
    color: 'inherit',
    font: '13px system-ui, sans-serif',
    overflow: 'visible',
  };
  const drawn = Plot.plot({
    width: WIDTH,
    height: 90 + rules.length * 34,
    marginLeft: 380,
    marginBottom: 48,
    document,
    style: style as never,
    x: { label: 'share of gates that block, % →', labelOffset: 40, domain: [0, 100], grid: true, ticks: 5 },
    y: { label: null, domain: rules },
    fx: { label: null, domain: neighbours, tickFormat: (name: string) => `${name} neighbours` },
    color: { domain: ['false', 'found'], range: ['var(--orange)', 'var(--blue)'] },
    marks: [
      ...(['false', 'found'] as const).flatMap((what) => {
        const own = bars.filter((bar) => bar.what === what);
        const place = { y: 'rule', fx: 'neighbours', dy: what === 'false' ? -5 : 5 };
        return [
          Plot.ruleY(own, { ...place, x1: 'lower', x2: 'upper', stroke: 'what', strokeWidth: 3 }),
          Plot.dot(own, { ...place, x: 'ratio', fill: 'what', r: 4.5 }),
        ];
      }),
    ],
  });
  return drawn.outerHTML;
}

function barsOf(cell: Cell, what: 'false' | 'found') {
  const bar = (rule: string, { ratio, lower, upper, of }: Share) =>
    of === 0
      ? []
      : [{ rule, what, neighbours: cell.neighbours, ratio: ratio * 100, lower: lower * 100, upper: upper * 100 }];
  return [bar(OURS, cell.ours.regression), ...cell.rivals.map(({ name, blocked }) => bar(name, blocked))].flat();
}
