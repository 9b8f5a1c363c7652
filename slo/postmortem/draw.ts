// One picture as SVG text: the lines of a panel over time (UTC), the incident shaded, its moments marked.
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Span } from './counts.ts';
import type { Panel } from './panels.ts';
import { printed } from './units.ts';

export interface Line {
  name: string;
  samples: [seconds: number, value: number][];
}

/** A moment of the timeline that every picture shows. */
export interface Mark {
  atSeconds: number;
  name: string;
}

const WIDTH = 860;
const FONT = '13px system-ui, sans-serif';
/** More lines than this nobody can tell apart: the largest are drawn. */
export const MAX_LINES = 6;
const COLOURS = Array.from({ length: MAX_LINES }, (_, index) => `var(--line-${index + 1})`);

/** Custom properties of the pictures, for light and dark; the page has the same. */
export const PICTURE_STYLE = `
:root { --paper: #ffffff; --ink: #1c2430; --soft: #5d6a7a; --limit: #a0185a; --shade: #c750001c;
  --line-1: #2166c2; --line-2: #c75000; --line-3: #1a7f45; --line-4: #8a4fbf; --line-5: #8a6100; --line-6: #5a5f69; }
@media (prefers-color-scheme: dark) { :root { --paper: #14181e; --ink: #e4e9f0; --soft: #9aa7b7; --limit: #ff7ab6; --shade: #ff9d572e;
  --line-1: #6cabff; --line-2: #ff9d57; --line-3: #5fcf8d; --line-4: #c69cf0; --line-5: #e0b343; --line-6: #a5adb9; } }
`;

/** The largest lines first; how many were left out. */
export function largest(lines: Line[]): { drawn: Line[]; leftOut: number } {
  const peak = ({ samples }: Line) => Math.max(...samples.map(([, value]) => value));
  const drawn = [...lines].sort((a, b) => peak(b) - peak(a)).slice(0, MAX_LINES);
  return { drawn, leftOut: lines.length - drawn.length };
}

/** @param span of the whole picture, and how far its points are apart @param incident the part that is shaded */
export function drawPanel(
  panel: Panel,
  lines: Line[],
  { stepSeconds, ...span }: Span & { stepSeconds: number },
  incident: Span,
  marks: readonly Mark[],
): string {
  const { drawn } = largest(lines);
  const points = drawn.flatMap(({ name, samples }) =>
    withGaps(samples, stepSeconds).map(([at, value]) => ({ name, at: new Date(at * 1000), value })),
  );
  const limits = panel.limit === undefined ? [] : [panel.limit];
  const values = points.map(({ value }) => value).filter((value) => !Number.isNaN(value));
  const top = Math.max(...values, ...limits, 1e-9) * 1.15;
  const date = (seconds: number) => new Date(seconds * 1000);
  const seen = marks.filter(({ atSeconds }) => atSeconds >= span.fromSeconds && atSeconds <= span.toSeconds);
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const drawnPlot = Plot.plot({
    width: WIDTH,
    height: 270,
    marginLeft: 70,
    marginRight: 30,
    marginTop: 50,
    marginBottom: 40,
    document,
    style: { background: 'transparent', color: 'var(--ink)', font: FONT, overflow: 'visible' } as never,
    x: {
      type: 'utc',
      domain: [date(span.fromSeconds), date(span.toSeconds)],
      label: 'UTC →',
      tickFormat: timeText(span),
    },
    y: {
      domain: [0, top],
      grid: true,
      label: null,
      tickFormat: (value: number) => printed(value, panel.unit),
    },
    color: { domain: drawn.map(({ name }) => name), range: COLOURS },
    marks: [
      Plot.rectX([incident], {
        x1: ({ fromSeconds }: Span) => date(fromSeconds),
        x2: ({ toSeconds }: Span) => date(toSeconds),
        fill: 'var(--shade)',
      }),
      Plot.ruleY([0], { stroke: 'var(--soft)' }),
      Plot.ruleY(limits, { stroke: 'var(--limit)', strokeDasharray: '6 4' }),
      Plot.ruleX(seen, { x: ({ atSeconds }: Mark) => date(atSeconds), stroke: 'var(--soft)', strokeDasharray: '2 3' }),
      Plot.text(seen, {
        x: ({ atSeconds }: Mark) => date(atSeconds),
        text: 'name',
        frameAnchor: 'top',
        dy: -14,
        fill: 'var(--soft)',
      }),
      ...legend(drawn.map(({ name }) => name)),
      Plot.line(points, { x: 'at', y: 'value', stroke: 'name', strokeWidth: 2 }),
      ...(points.length === 0
        ? [Plot.text(['the source has no data for this'], { frameAnchor: 'middle', fill: 'var(--soft)' })]
        : []),
    ],
  });
  return drawnPlot.outerHTML;
}

/** A line must not run over a time without data: NaN is where it stops. */
function withGaps(samples: Line['samples'], stepSeconds: number): Line['samples'] {
  return samples.flatMap(([at, value], index) => {
    const before = samples[index - 1]?.[0];
    const gap = before !== undefined && at - before > 1.5 * stepSeconds;
    return gap
      ? [[before + stepSeconds, Number.NaN] as [number, number], [at, value] as [number, number]]
      : [[at, value]];
  });
}

/** 10:05, and the day before it where the picture spans more than one. */
function timeText({ fromSeconds, toSeconds }: Span) {
  const days = toSeconds - fromSeconds > 86_400;
  return (date: Date) =>
    date
      .toISOString()
      .slice(days ? 5 : 11, 16)
      .replace('T', ' ');
}

/** Names of the lines in their colours, side by side above the frame; text is about 7 px a character. */
function legend(names: string[]) {
  let left = 0;
  return names.map((name, index) => {
    const text = `■ ${name}`;
    const mark = Plot.text([text], {
      frameAnchor: 'top-left',
      textAnchor: 'start',
      dx: left,
      dy: -34,
      fill: COLOURS[index]!,
    });
    left += text.length * 7 + 16;
    return mark;
  });
}

/** A picture that stands alone, for Markdown: with its own colours and paper. */
export function standalone(svg: string): string {
  const style = `<style>${PICTURE_STYLE}</style><rect width="100%" height="100%" fill="var(--paper)"></rect>`;
  return svg.replace(/^<svg([^>]*)>/, (_, attributes: string) => {
    const named = attributes.includes('xmlns') ? attributes : ` xmlns="http://www.w3.org/2000/svg"${attributes}`;
    return `<svg${named}>${style}`;
  });
}
