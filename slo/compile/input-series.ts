// A timeline in, promtool's input series out, with decoys beside it that must not count. Pure.
import type { Objective } from '../objectives/read.ts';
import { selectorOf } from './check.ts';
import { decoySelections, HERE, printSeries } from './decoys.ts';
import type { Timeline } from './faults.ts';
import type { Selector } from './promql.ts';

export interface InputSeries {
  series: string;
  values: string;
}

/** A target that answers no more, or one that is gone from what Prometheus knows. */
export type Outage = 'down' | 'vanished';

/** Steps with a hole where nothing is scraped. */
export type Film = (Timeline[number] | undefined)[];

/** What Prometheus scrapes while the film runs. @param decoys whether series stand beside that must not count */
export function inputSeries(
  objective: Objective,
  film: Film,
  { outage = 'down' as Outage, decoys = true } = {},
): InputSeries[] {
  const of = objective.source.kind === 'slices' ? sliceSeries : eventSeries;
  const { real, beside } = of(objective, film, outage);
  return unique(decoys ? [...real, ...beside] : real);
}

interface Scraped {
  real: InputSeries[];
  beside: InputSeries[];
}

function eventSeries(objective: Objective, film: Film): Scraped {
  const { source } = objective;
  const { total, counted } = selectorsOf(objective);
  const of = (count: (step: Timeline[number]) => number) => counter(film.map((step) => step && count(step)));
  const [all, good, bad] = [of((step) => step.all), of((step) => step.all - step.bad), of((step) => step.bad)];
  const real =
    source.kind === 'events' && source.bad
      ? [
          { series: printSeries(counted, HERE), values: bad },
          { series: printSeries(total, HERE, counted), values: good },
        ]
      : [
          { series: printSeries(counted, HERE), values: good },
          { series: printSeries(counted, { ...HERE, le: '+Inf' }), values: all },
          { series: printSeries(total, HERE), values: all },
        ];
  return { real, beside: decoySelections(total, counted).map((series) => ({ series, values: all })) };
}

function sliceSeries(objective: Objective, film: Film, outage: Outage): Scraped {
  const { source } = objective;
  if (source.kind !== 'slices') throw new Error(`${objective.name} counts events`);
  const asked = selectorOf(objective, source.query);
  const [good, bad, decoy] = sliceValues(source);
  const values = runs(
    film.map((step) => step?.bad),
    (value, times, before) => {
      if (value === undefined) return `_x${times}`;
      if (value === 0) return `${good}x${times - 1}`;
      if (outage === 'down') return `${bad}x${times - 1}`;
      return before === undefined ? `_x${times}` : `stale _x${times - 1}`;
    },
  );
  return {
    real: [{ series: printSeries(asked, HERE), values }],
    beside: decoySelections(asked, asked).map((series) => ({ series, values: `${decoy}x${film.length - 1}` })),
  };
}

/** Samples of a good and a bad slice, near the value that divides them, and one that would turn every slice round. */
function sliceValues({ op, value }: { op: 'gte' | 'lte'; value: number }): [good: number, bad: number, decoy: number] {
  return op === 'gte' ? [value, 0, value] : [value * 0.9, value * 1.2, value * 2];
}

/** The selectors of an objective of events: all of them, and the good or bad ones. */
export function selectorsOf(objective: Objective): { total: Selector; counted: Selector } {
  const { source } = objective;
  if (source.kind === 'slices') throw new Error(`${objective.name} counts slices`);
  return {
    total: selectorOf(objective, source.total),
    counted: selectorOf(objective, (source.bad ?? source.good)!),
  };
}

export const unique = (series: InputSeries[]) => [...new Map(series.map((one) => [one.series, one])).values()];

/** A binary fraction: promtool adds it up step by step without an error that would look like a counter's reset. */
const exact = (growth: number) => Math.round(growth * 2 ** 20) / 2 ** 20;

/** promtool's notation for a counter that grows by so much at each step: `start+growth x times`; `_` where nothing is scraped. */
export function counter(perStep: (number | undefined)[]): string {
  let value = 0;
  return runs(
    perStep.map((growth) => growth && exact(growth)),
    (growth, times) => {
      if (growth === undefined) return `_x${times}`;
      const part = `${value + growth}+${growth}x${times - 1}`;
      value += growth * times;
      return part;
    },
  );
}

/** Runs of equal values, each printed with its length and the value before it. */
export function runs<T>(
  values: readonly T[],
  print: (value: T, times: number, before: T | undefined) => string,
): string {
  const parts: string[] = [];
  let from = 0;
  for (let to = 1; to <= values.length; to++) {
    if (to < values.length && values[to] === values[from]) continue;
    parts.push(print(values[from]!, to - from, values[from - 1]));
    from = to;
  }
  return parts.join(' ');
}
