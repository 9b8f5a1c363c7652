// Selectors in, series out: those that they match, and decoys that each miss one matcher alone and must not count. Pure.
import { seriesOf } from './catalogue.ts';
import type { Matcher, Selector } from './promql.ts';

/** Values that labels really have, to stand for a regular expression. */
const EXAMPLES = ['/api/v1/members/:id', '500', '200', 'sent', 'dead'];
/** Values that labels really have and no objective asks for. */
const OTHERS: Record<string, string> = {
  job: 'elsewhere',
  http_route: '/actuator/health/readiness',
  http_response_status_code: '302',
  le: '+Inf',
  outcome: 'moved',
  group: 'notifications',
};
export const HERE = { instance: 'one' };

/**
 * For each matcher of either selector a series that passes all the others and fails this one. What the selector of all events
 * matches is no decoy, but traffic: that is left out.
 */
export function decoySelections(total: Selector, counted: Selector): string[] {
  return [total, counted].flatMap((selector) =>
    selector.matchers.flatMap(({ label }) => {
      const series = printSeries(selector, { ...HERE, [label]: OTHERS[label] ?? 'other' });
      return passesAll(total, series) || passesAll(counted, series) ? [] : [series];
    }),
  );
}

/** One series that the selector matches and, when given, `but` does not. Labels that the metric has not are left out. */
export function printSeries(selector: Selector, chosen: Record<string, string>, but?: Selector): string {
  const { metric, matchers } = selector;
  const names = new Set([...matchers, ...(but?.matchers ?? [])].map(({ label }) => label));
  const labels = Object.fromEntries([...names].map((name) => [name, labelValue(name, selector, but)]));
  const known = seriesOf(metric)?.labels ?? [];
  const text = Object.entries({ ...labels, ...chosen })
    .filter(([label]) => known.includes(label))
    .map(([label, value]) => `${label}="${value}"`);
  return `${metric}{${text.join(',')}}`;
}

/** A value that passes the selector; of a label of which `but` asks something else, one that it refuses. */
function labelValue(name: string, selector: Selector, but?: Selector): string {
  const of = (from: Selector | undefined) => from?.matchers.find(({ label }) => label === name);
  const [mine, theirs] = [of(selector), of(but)];
  const apart = theirs !== undefined && theirs.value !== mine?.value;
  const found = EXAMPLES.find((value) => passes(mine, value) && !(apart && passes(theirs, value)));
  return mine?.op === '=' ? mine.value : (found ?? mine?.value ?? '');
}

function passes(matcher: Matcher | undefined, value: string): boolean {
  if (!matcher) return true;
  return matcher.op === '=' ? value === matcher.value : new RegExp(`^(?:${matcher.value})$`).test(value);
}

/** Whether a series as it is printed passes a selector. */
export function passesAll({ metric, matchers }: Selector, series: string): boolean {
  if (!series.startsWith(`${metric}{`)) return false;
  return matchers.every((matcher) => {
    const value = new RegExp(`[{,]${matcher.label}="([^"]*)"`).exec(series)?.[1] ?? '';
    return passes(matcher, value);
  });
}
