// What the doctor works on and what it says: metrics as they were exposed in, findings in words out.
import type { ExposedSample } from '../source/exposition.ts';

export interface Finding {
  /** `wrong`: an alert or a budget is false because of it. `note`: look at it. */
  level: 'wrong' | 'note';
  check: string;
  /** The metric, series, job or line. */
  where: string;
  what: string;
  todo: string;
}

/** Metrics at one moment, of one process or of all that a Prometheus knows. */
export interface Exposed {
  samples: ExposedSample[];
  /** What the exporter says of a family: counter, gauge, histogram, summary. */
  types: Map<string, string>;
}

export const wrong = (check: string, where: string, what: string, todo: string): Finding => ({
  level: 'wrong',
  check,
  where,
  what,
  todo,
});

export const note = (check: string, where: string, what: string, todo: string): Finding => ({
  ...wrong(check, where, what, todo),
  level: 'note',
});

/** `http_seconds_bucket` and the others of a histogram belong to the family `http_seconds`, a counter's `_total` to both names. */
export const familyOf = (name: string) => name.replace(/_(bucket|sum|count)$/, '');

/** A few of many, for a line of text. */
export function fewOf(items: readonly string[], most = 3): string {
  const shown = items.slice(0, most).join(', ');
  return items.length > most ? `${shown} and ${items.length - most} more` : shown;
}
