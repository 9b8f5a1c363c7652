// Asks figures: PromQL at the source, lines of the log, or from figures above. A question in, its number and how it is printed out.
import type { Source } from '../source/source.ts';
import { failures } from './failures.ts';
import type { Asked, Figure, LogFilter } from './figure.ts';
import { type Counted, countLog } from './log.ts';
import { printed, secondsOf } from './units.ts';

/** `unasked` when the figure was counted in a log, and none was given. */
export type Answer = { value: number | undefined } | 'unasked';

/**
 * Answers in the order of the questions. A figure without data has no value; one that is made of it has none either.
 * @param logFile for the figures that are counted in a log
 */
export async function answers(source: Source, asked: readonly Asked[], logFile?: string): Promise<Map<string, Answer>> {
  const found = new Map<string, Answer>();
  const counted = new Map<string, Promise<Counted>>();
  const count = ({ count: what, ...filter }: LogFilter) => {
    const key = JSON.stringify(filter);
    if (!counted.has(key)) counted.set(key, countLog(logFile!, filter));
    return counted.get(key)!.then((all) => all[what]);
  };
  for (const figure of asked) {
    if ('query' in figure) found.set(figure.id, { value: await one(source, figure.query, secondsOf(figure.atUtc)) });
    else if ('log' in figure) found.set(figure.id, logFile ? { value: await count(figure.log) } : 'unasked');
    else found.set(figure.id, { value: combined(figure, found) });
  }
  return found;
}

/** The one number of a query, or undefined when nothing answers. */
async function one(source: Source, query: string, atSeconds: number): Promise<number | undefined> {
  const series = await source.instant(query, atSeconds);
  if (series.length > 1) throw failures.manySeries(query, series.length);
  return series[0]?.samples[0]?.[1];
}

type Combined = Extract<Figure, { of: unknown }>;

function combined({ of, as, times = 1 }: Omit<Combined, 'printed'>, found: Map<string, Answer>): number | undefined {
  const [a, b] = of.map((id) => {
    const answer = found.get(id);
    return answer === undefined || answer === 'unasked' ? undefined : answer.value;
  });
  if (a === undefined || b === undefined) return undefined;
  if (as === 'difference') return a - b;
  if (b === 0) return undefined;
  return as === 'share' ? a / (b * times) : 1 - a / (b * times);
}

/** The questions with how their answers are printed. Those that were not asked are left out. */
export function withAnswers(asked: readonly Asked[], found: Map<string, Answer>): Figure[] {
  return asked.flatMap((figure) => {
    const answer = found.get(figure.id);
    return answer === undefined || answer === 'unasked'
      ? []
      : [{ ...figure, printed: printed(answer.value, figure.unit) }];
  });
}

/** The version of the Prometheus behind a source; one that somebody has built may not know it. */
export async function versionOf(source: Source): Promise<string> {
  const { version } = (await source.api('status/buildinfo')) as { version?: string };
  return version || 'unknown';
}

/** PromQL as Prometheus itself lays it out, line by line. */
export const laidOut = async (source: Source, query: string) =>
  String(await source.api('format_query', { query })).replaceAll('\t', '  ');
