// The series of one metric as SVG text: levels over commits, the mean between change points, the changes by name.
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { mean, toRatio } from '../gate/statistics.ts';
import type { Finding } from './findings.ts';
import type { Series } from './series.ts';

const WIDTH = 860;
const FONT = '13px system-ui, sans-serif';
const COLOURS = { dot: 'var(--blue)', mean: 'currentColor', worse: 'var(--bad)', better: 'var(--pass)' } as const;

/** Names of neighbouring changes stand in two rows, so that they do not cover each other. */
const LABEL = { dx: 4, textAnchor: 'start', fontWeight: '600' } as const;

/** @param findings of this series */
export function seriesPlot(series: Series, findings: readonly Finding[]): string {
  const all = series.stretches.flatMap(({ kind, points }) => points.map((point) => ({ ...point, kind })));
  const dots = all.map((point, at) => ({ at: at + 1, change: toRatio(point.level) * 100, kind: point.kind }));
  const ends = [...changeIndexes(series, findings), all.length];
  const means = ends.flatMap((end, i) => {
    const from = ends[i - 1] ?? 0;
    if (all[from]?.kind !== 'reference') return [];
    const level = toRatio(mean(all.slice(from, end).map((point) => point.level))) * 100;
    return [{ from: from + 0.5, to: end + 0.5, level }];
  });
  const indexOf = (commit: string) => all.findIndex((point) => point.commit === commit);
  const named = findings.map((finding) => ({
    at: indexOf(finding.to) + 1,
    colour: finding.effect > 0 ? COLOURS.worse : COLOURS.better,
    text: `${finding.effect > 0 ? '+' : ''}${(finding.effect * 100).toFixed(1)} %`,
    start: finding.kind === 'creep' ? indexOf(finding.to) - finding.commits + 1.5 : indexOf(finding.to) + 0.5,
    kind: finding.kind,
  }));
  const values = dots.map((dot) => dot.change);
  const room = Math.max(1, (Math.max(...values, 0) - Math.min(...values, 0)) * 0.15);
  const domain: [number, number] = [Math.min(...values, 0) - room, Math.max(...values, 0) + 2 * room];
  const steps = named.filter((one) => one.kind === 'step');
  const creeps = named.filter((one) => one.kind === 'creep');
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const style = { background: 'transparent', color: 'inherit', font: FONT, overflow: 'visible' };
  return Plot.plot({
    width: WIDTH,
    document,
    style: style as never,
    height: 240,
    marginLeft: 60,
    marginBottom: 44,
    x: {
      label: 'results in the order of their commits →',
      labelOffset: 36,
      domain: [0.5, all.length + 0.5],
      tickFormat: (at: number) => (Number.isInteger(at) ? String(at) : ''),
    },
    y: { label: '↑ change since the first base, %', domain, grid: true },
    marks: [
      Plot.ruleY([0], { stroke: COLOURS.mean, strokeOpacity: 0.4 }),
      Plot.rect(creeps, {
        x1: 'start',
        x2: (one: { at: number }) => one.at + 0.5,
        y1: domain[0],
        y2: domain[1],
        fill: 'colour',
        fillOpacity: 0.15,
      }),
      Plot.ruleX(steps, { x: 'start', stroke: 'colour', strokeDasharray: '4 3' }),
      Plot.dot(dots, { x: 'at', y: 'change', fill: COLOURS.dot, r: 3 }),
      Plot.ruleY(means, { x1: 'from', x2: 'to', y: 'level', stroke: COLOURS.mean, strokeWidth: 2 }),
      ...[0, 1].map((row) =>
        Plot.text(
          named.filter((_, i) => i % 2 === row),
          { ...LABEL, x: 'start', y: domain[1], text: 'text', fill: 'colour', dy: 6 + 16 * row },
        ),
      ),
    ],
  }).outerHTML;
}

/** Where a mean of its own begins: at every stretch and at every step. */
function changeIndexes(series: Series, findings: readonly Finding[]): number[] {
  const indexes = new Set<number>();
  let at = 0;
  for (const { points } of series.stretches) {
    if (at > 0) indexes.add(at);
    for (const [i, point] of points.entries()) {
      if (findings.some((finding) => finding.kind === 'step' && finding.to === point.commit)) indexes.add(at + i);
    }
    at += points.length;
  }
  return [...indexes].sort((a, b) => a - b).filter((index) => index > 0);
}
